// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.heap;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/// The memory of tensors that live in scopes: few large arrays, of which every tensor is a piece.
///
/// Scopes end in the reverse order of their beginning, so what they give back lies together, and a
/// piece is found for the next tensor whatever its size is: after the first step of a run nothing
/// is allocated, zeroed or collected any more. Whoever knows how much a run will need asks for that
/// in one piece at its beginning ([#reserve]). The arrays live as long as the outermost scope and
/// are dropped with it.
final class Arena {
  /// The lengths of pieces are multiples of this, so that each begins with a cache line.
  private static final int UNIT = CacheLine.FLOATS;

  /// The shortest and the longest array for tensors that would fit into a shorter one.
  private static final int SHORTEST = 64 << 10;

  private static final int LONGEST = 16 << 20;

  private final boolean poison;
  private final List<Segment> segments = new ArrayList<>();
  private int live;
  private long liveFloats;
  private long heldFloats;
  private long peakFloats;
  private boolean last; // at which end of a free piece the latest block was put

  /// @param poison whether free memory is filled with NaN, so that an operation that leaves an
  ///   element unwritten is found out
  Arena(boolean poison) {
    this.poison = poison;
  }

  /// Sees to it that the arrays have room for `floats` elements, as far as the heap allows.
  void reserve(long floats) {
    long more = Math.min(floats, HeapOps.MAX_ARRAY / UNIT * UNIT) - heldFloats;
    if (more >= SHORTEST) {
      try {
        add((int) more);
      } catch (OutOfMemoryError e) {
        // There may be room for what is asked for in pieces.
      }
    }
  }

  /// A block of at least `wanted` elements with any content.
  Block take(int wanted) {
    int length = rounded(wanted);
    live++;
    liveFloats += length;
    peakFloats = Math.max(peakFloats, liveFloats);
    var block = find(length);
    if (poison) {
      Arrays.fill(block.data(), block.offset(), block.offset() + length, Float.NaN);
    }
    return block;
  }

  private Block find(int length) {
    Segment best = null;
    int offset = 0;
    int size = Integer.MAX_VALUE;
    for (var segment : segments) {
      var piece = segment.smallest(length);
      if (piece != null && piece.getValue() < size) {
        best = segment;
        offset = piece.getKey();
        size = piece.getValue();
      }
    }
    if (best == null) {
      best = grow(length);
      offset = CacheLine.FIRST;
    }
    // A layer's output and its input at opposite ends: when the input goes, what is free is whole.
    last = !last;
    return best.take(offset, length, last);
  }

  /// A new array for at least `length` elements. Arrays that are too short for it and of which
  /// nothing is in use go first, if all of them would be half as much again as was ever in use.
  private Segment grow(int length) {
    int size = Math.max(length, Math.clamp(heldFloats / 2, SHORTEST, LONGEST));
    if (heldFloats + size > peakFloats + peakFloats / 2) {
      segments.removeIf(Segment::idle);
      heldFloats = segments.stream().mapToLong(each -> each.length).sum();
    }
    return add(size);
  }

  private Segment add(int atLeast) {
    int size = rounded(atLeast);
    var segment = new Segment(size);
    segments.add(segment);
    heldFloats += size;
    return segment;
  }

  private static int rounded(int length) {
    int units = Math.max(1, Math.ceilDiv(length, UNIT));
    return units > HeapOps.MAX_ARRAY / UNIT ? length : units * UNIT;
  }

  /// Takes a block back.
  void give(Block block) {
    live--;
    liveFloats -= block.length();
    if (poison) {
      int from = block.offset();
      Arrays.fill(block.data(), from, from + block.length(), Float.NaN);
    }
    Objects.requireNonNull(block.segment).give(block);
  }

  /// Takes a block back and returns a copy of it, which lives as long as someone refers to it.
  Block moveOut(Block block) {
    var copy = Block.ofLength(block.length());
    System.arraycopy(block.data(), block.offset(), copy.data(), copy.offset(), block.length());
    give(block);
    return copy;
  }

  /// Drops all arrays.
  void clear() {
    segments.clear();
    heldFloats = 0;
  }

  /// Begins to look for the peak anew.
  void forgetPeak() {
    peakFloats = liveFloats;
  }

  /// How many elements have been in use at once at most.
  long peak() {
    return peakFloats;
  }

  /// How many elements all arrays have.
  long held() {
    return heldFloats;
  }

  /// How many blocks are in use.
  int live() {
    return live;
  }
}
