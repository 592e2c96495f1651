// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.heap;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/// Arrays that ended scopes gave back, ready to be used again for about the same length.
///
/// Lengths are rounded up to one of eight between two powers of two. The widths of the UNet are
/// multiples of 320, five quarters of a power of two, so its tensors fit as they are, and what one
/// resolution gave back serves the next: after the first step nearly nothing is allocated and
/// zeroed. Idle arrays hardly add to the peak: together with those in use they take little more
/// room than those in use once took alone, and what was idle longest goes first. The pool lives as
/// long as the outermost scope and is dropped with it.
final class Buffers {
  /// By how much all arrays may exceed what once was in use: half of it, and 128 MB at most. With
  /// none, the widest moment of every step would drop all that its other moments use.
  private static final long SLACK = 32 << 20;

  /// Lengths below this stay as they are.
  private static final int SHORT = 4096;

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

  /// An array of at least `wanted` elements with any content.
  float[] take(int wanted) {
    int length = rounded(wanted);
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
    long most = peakFloats + Math.min(peakFloats / 2, SLACK);
    while (!idle.isEmpty() && liveFloats + idleFloats > most) {
      idleFloats -= idle.removeLast().length;
    }
    return new float[length];
  }

  private static int rounded(int length) {
    if (length < SHORT) {
      return length;
    }
    int step = Integer.highestOneBit(length) / 8;
    long rounded = Math.ceilDiv(length, step) * (long) step;
    return rounded > HeapOps.MAX_ARRAY ? length : (int) rounded;
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
