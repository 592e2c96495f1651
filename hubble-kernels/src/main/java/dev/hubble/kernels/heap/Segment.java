// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.heap;

import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// An array that is lent out in pieces. Neighbouring free pieces become one at once.
final class Segment {
  final float[] data;
  final int length;
  // The free pieces: how long each is, by where it begins.
  private final TreeMap<Integer, Integer> free = new TreeMap<>();

  Segment(int length) {
    data = CacheLine.array(length);
    this.length = length;
    free.put(CacheLine.FIRST, length);
  }

  /// The smallest free piece of at least `length` elements: where it begins, and how long it is.
  Map.@Nullable Entry<Integer, Integer> smallest(int length) {
    Map.Entry<Integer, Integer> best = null;
    for (var piece : free.entrySet()) {
      if (piece.getValue() >= length && (best == null || piece.getValue() < best.getValue())) {
        best = piece;
      }
    }
    return best;
  }

  /// Lends `length` elements of the free piece that begins at `offset`: its first or its last.
  Block take(int offset, int length, boolean last) {
    int whole = Objects.requireNonNull(free.remove(offset));
    int rest = whole - length;
    int at = last ? offset + rest : offset;
    if (rest > 0) {
      free.put(last ? offset : offset + length, rest);
    }
    return Block.of(this, at, length);
  }

  /// Takes a piece back.
  void give(Block block) {
    int offset = block.offset();
    int length = block.length();
    var before = free.floorEntry(offset);
    if (before != null && before.getKey() + before.getValue() == offset) {
      offset = before.getKey();
      length += before.getValue();
    }
    var after = free.remove(block.offset() + block.length());
    free.put(offset, after == null ? length : length + after);
  }

  /// Whether nothing of it is lent.
  boolean idle() {
    return smallest(length) != null;
  }
}
