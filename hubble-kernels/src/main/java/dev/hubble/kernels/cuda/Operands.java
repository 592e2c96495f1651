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
  long inOrZero(@Nullable CudaTensor x, DType type) {
    return x == null ? 0 : in(x, type);
  }

  /// The numbers in format `type` that are multiplied for `x`. Floats that nothing has rounded yet
  /// are two bf16 each, one that is nearest and one for what it lacks, so that the product is as if
  /// they were floats: they are a network's sums on their way past its layers, and no norm comes
  /// between them and what the rounding would lose.
  List<Channels> factors(CudaTensor x, DType type) {
    if (type != DType.BF16 || x.dtype() != DType.F32) {
      return List.of(channels(x, type));
    }
    var sides = x.sides();
    long[] left = split(sides == null ? x : sides.left());
    long[] right = sides == null ? new long[2] : split(sides.right());
    int width = sides == null ? x.dim(-1) : sides.left().dim(-1);
    return List.of(new Channels(left[0], right[0], width), new Channels(left[1], right[1], width));
  }

  private long[] split(CudaTensor x) {
    long from = in(x, DType.F32);
    long nearest = scratch(x.size() * DType.BF16.bytes());
    long rest = scratch(x.size() * DType.BF16.bytes());
    ops.split(from, nearest, rest, x.size());
    return new long[] {nearest, rest};
  }

  /// `w` as one filter, for an image that is not doubled.
  CudaWeight whole(CudaWeight w) {
    if (w.phases() == 1) {
      return w;
    }
    int kp = CudaWeight.padded(9, w.shape().dim(1));
    long to = scratch((long) w.shape().dim(0) * kp * w.dtype().bytes());
    ops.unpack(w, to, kp);
    return new CudaWeight(w.ops(), w.dtype(), w.shape(), kp, 1, to);
  }

  /// Where a kernel is to write `y` in format `type`; [#finish] then brings it to `y`'s own.
  long out(CudaTensor y, DType type) {
    return y.dtype() == type ? y.address() : scratch(y.size() * type.bytes());
  }

  /// Ends what [#out] began.
  void finish(CudaTensor y, long written, DType type) {
    if (y.dtype() != type) {
      ops.convert(written, type, y.address(), y.dtype(), y.size());
    }
  }

  /// Where the channels of `x` are, which may stand in two tensors side by side: the addresses of
  /// both, and how many channels the first has. With one tensor the second is 0.
  Channels channels(CudaTensor x, DType type) {
    var sides = x.sides();
    return sides == null
        ? new Channels(in(x, type), 0, x.dim(-1))
        : new Channels(in(sides.left(), type), in(sides.right(), type), sides.left().dim(-1));
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
