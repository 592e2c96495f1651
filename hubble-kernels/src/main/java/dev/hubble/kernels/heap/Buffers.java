// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.heap;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/// Arrays that ended scopes gave back, ready to be used again at the same length.
///
/// A UNet step asks for the same few hundred lengths in every step, so after the first step nearly
/// nothing is allocated and zeroed. Idle arrays never add to the peak: together with those in use
/// they take no more room than those in use once took alone, and what was idle longest goes first.
/// The pool lives as long as the outermost scope and is dropped with it.
final class Buffers {
  private final boolean poison;
  private final Deque<float[]> idle = new ArrayDeque<>(); // the latest first
  private int live;
  private long liveFloats;
  private long idleFloats;
  private long peakFloats;

  /// @param poison whether recycled arrays are filled with NaN, so that an operation that leaves an
  ///   element unwritten is found out
  Buffers(boolean poison) {
    this.poison = poison;
  }

  /// An array of `length` elements with any content.
  float[] take(int length) {
    live++;
    liveFloats += length;
    peakFloats = Math.max(peakFloats, liveFloats);
    for (var each = idle.iterator(); each.hasNext(); ) {
      float[] array = each.next();
      if (array.length == length) {
        each.remove();
        idleFloats -= length;
        return array;
      }
    }
    while (liveFloats + idleFloats > peakFloats) {
      idleFloats -= idle.removeLast().length;
    }
    return new float[length];
  }

  /// Takes an array back.
  void give(float[] array) {
    release(array);
    if (poison) {
      Arrays.fill(array, Float.NaN);
    }
    idle.addFirst(array);
    idleFloats += array.length;
  }

  /// Forgets that an array was taken: it now lives as long as someone refers to it.
  void release(float[] array) {
    live--;
    liveFloats -= array.length;
  }

  /// Drops all idle arrays.
  void clear() {
    idle.clear();
    idleFloats = 0;
  }

  /// Begins to look for the peak anew.
  void forgetPeak() {
    peakFloats = liveFloats;
  }

  /// How many elements all arrays, in use and idle, have had at most.
  long peak() {
    return peakFloats;
  }

  /// How many arrays are taken and belong to a scope.
  int live() {
    return live;
  }

  /// How many arrays wait to be used again.
  int idle() {
    return idle.size();
  }
}
