// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.heap;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/// Arrays that ended scopes gave back, by length, ready to be used again.
///
/// A UNet step asks for the same few hundred lengths in every step, so after the first step nothing
/// is allocated and nothing is zeroed. The pool lives as long as the outermost scope and is dropped
/// with it.
final class Buffers {
  private final boolean poison;
  private final Map<Integer, ArrayDeque<float[]>> idle = new HashMap<>();
  private int live;

  /// @param poison whether recycled arrays are filled with NaN, so that an operation that leaves an
  ///   element unwritten is found out
  Buffers(boolean poison) {
    this.poison = poison;
  }

  /// An array of `length` elements with any content.
  float[] take(int length) {
    live++;
    var stack = idle.get(length);
    return stack == null || stack.isEmpty() ? new float[length] : stack.pop();
  }

  /// Takes an array back.
  void give(float[] array) {
    live--;
    if (poison) {
      Arrays.fill(array, Float.NaN);
    }
    idle.computeIfAbsent(array.length, _ -> new ArrayDeque<>()).push(array);
  }

  /// Forgets that an array was taken: it now lives as long as someone refers to it.
  void release() {
    live--;
  }

  /// Drops all idle arrays.
  void clear() {
    idle.clear();
  }

  /// How many arrays are taken and belong to a scope.
  int live() {
    return live;
  }

  /// How many arrays wait to be used again.
  int idle() {
    return idle.values().stream().mapToInt(ArrayDeque::size).sum();
  }
}
