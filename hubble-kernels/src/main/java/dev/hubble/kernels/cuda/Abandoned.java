// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.util.HashSet;
import java.util.Set;

/// Device memory of weights, and of tensors outside every scope, that nobody can reach any more:
/// the layers that a LoRA has replaced, say. It is given back as the heap's would be, when the
/// garbage collector has found out.
///
/// The GPU may still be at work with it, or be about to: whoever gets it next comes later in the
/// same stream. One thread at a time.
final class Abandoned {
  // The collector hands over what it has found in a thread of its own, very soon.
  private static final long PATIENCE = 100; // ms

  private final ReferenceQueue<Object> found = new ReferenceQueue<>();
  private final Set<Owned> owned = new HashSet<>();

  private static final class Owned extends PhantomReference<Object> {
    private final DeviceMemory memory;
    private final DeviceMemory.Block block;

    Owned(
        Object owner, ReferenceQueue<Object> found, DeviceMemory memory, DeviceMemory.Block block) {
      super(owner, found);
      this.memory = memory;
      this.block = block;
    }
  }

  /// Gives `block` back to `memory` once nobody can reach `owner`.
  void watch(Object owner, DeviceMemory memory, DeviceMemory.Block block) {
    owned.add(new Owned(owner, found, memory, block));
  }

  /// Gives back what has been found so far.
  void collect() {
    for (var next = found.poll(); next != null; next = found.poll()) {
      give(next);
    }
  }

  /// Looks for more, which takes a while: for when memory is short.
  void search() {
    System.gc();
    try {
      for (var next = found.remove(PATIENCE); next != null; next = found.remove(PATIENCE)) {
        give(next);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void give(Object reference) {
    if (reference instanceof Owned gone && owned.remove(gone)) {
      gone.memory.give(gone.block);
    }
  }
}
