// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import dev.hubble.kernels.Scope;
import dev.hubble.kernels.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The tensors made since a scope was opened.
final class CudaScope implements Scope {
  private final DeviceTensors ops;
  final @Nullable CudaScope parent;
  private final int depth;
  private final List<CudaTensor> tensors = new ArrayList<>();
  private boolean open = true;

  CudaScope(DeviceTensors ops, @Nullable CudaScope parent) {
    this.ops = ops;
    this.parent = parent;
    this.depth = parent == null ? 1 : parent.depth + 1;
  }

  void add(CudaTensor x) {
    tensors.add(x);
  }

  @Override
  public <T extends Tensor> T keep(T x) {
    if (!open) {
      throw new IllegalStateException("The scope has ended; keep must be called before that.");
    }
    var t = ops.in("keep", x);
    var owner = t.scope;
    if (owner != null && owner.depth >= depth) {
      t.scope = parent;
      if (parent != null) {
        parent.add(t);
      }
    }
    return x;
  }

  @Override
  public void close() {
    if (open) {
      ops.endScopesDownTo(this);
    }
  }

  /// Recycles what was not kept.
  void end(Consumer<DeviceMemory.Block> recycler) {
    open = false;
    for (var t : tensors) {
      // A kept tensor is in this list still, but belongs to an outer scope.
      if (t.scope == this) {
        t.recycle(recycler);
      }
    }
    tensors.clear();
  }
}
