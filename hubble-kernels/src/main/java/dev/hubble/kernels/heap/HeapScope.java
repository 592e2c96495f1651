// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.heap;

import dev.hubble.kernels.Scope;
import dev.hubble.kernels.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The tensors made since a scope was opened.
final class HeapScope implements Scope {
  private final HeapOps ops;
  final @Nullable HeapScope parent;
  final int depth;
  private final List<HeapTensor> tensors = new ArrayList<>();
  private boolean open = true;

  HeapScope(HeapOps ops, @Nullable HeapScope parent) {
    this.ops = ops;
    this.parent = parent;
    this.depth = parent == null ? 1 : parent.depth + 1;
  }

  void add(HeapTensor x) {
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
      ops.move(t, parent);
    }
    return x;
  }

  @Override
  public void close() {
    if (!open) {
      return;
    }
    ops.endScopesDownTo(this);
  }

  /// Recycles what was not kept.
  void end(Arena arena) {
    open = false;
    for (var t : tensors) {
      // A kept tensor is in this list still, but belongs to an outer scope.
      if (t.scope == this) {
        var block = t.recycle();
        if (block != null) {
          arena.give(block);
        }
      }
    }
    tensors.clear();
  }
}
