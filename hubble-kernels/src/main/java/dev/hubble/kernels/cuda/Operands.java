// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import dev.hubble.kernels.DType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What one operation reads, in the format and place that its kernels want, and the memory that it
/// needs besides; given back when the operation's launches are queued.
final class Operands implements AutoCloseable {
  private final DeviceTensors ops;
  private final List<DeviceMemory.Block> blocks = new ArrayList<>(2);

  Operands(DeviceTensors ops) {
    this.ops = ops;
  }

  /// Where `x` is in format `type`.
  long in(CudaTensor x, DType type) {
    if (x.dtype() == type) {
      return x.address();
    }
    long to = scratch(x.size() * type.bytes());
    ops.convert(x.address(), x.dtype(), to, type, x.size());
    return to;
  }

  /// Where `x` is in the backend's format.
  long in(CudaTensor x) {
    return in(x, ops.dtype());
  }

  /// The same for an argument that may be absent: 0.
  long inOrZero(@Nullable CudaTensor x) {
    return x == null ? 0 : in(x);
  }

  /// Where the channels of `x` are, which may stand in two tensors side by side: the addresses of
  /// both, and how many channels the first has. With one tensor the second is 0.
  Channels channels(CudaTensor x) {
    var sides = x.sides();
    return sides == null
        ? new Channels(in(x), 0, x.dim(-1))
        : new Channels(in(sides.left()), in(sides.right()), sides.left().dim(-1));
  }

  /// See [#channels].
  record Channels(long first, long second, int width) {}

  /// Memory with any content.
  long scratch(long bytes) {
    var block = ops.scratch(bytes);
    blocks.add(block);
    return block.address();
  }

  @Override
  public void close() {
    blocks.forEach(ops::release);
  }
}
