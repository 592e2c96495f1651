// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

import java.util.ArrayList;
import java.util.List;

/// A part of a product that one thread computes at once: a block of rows times neighbouring panels
/// of the weight.
///
/// How a product is cut changes no bit: a sum is over the whole depth in order, in whatever tile it
/// is.
record Tile(int block, int begin, List<PackedWeight.Panel> panels) {
  /// The next tile is at most this part of what is left for each thread.
  private static final int SHARE = 2;

  /// With so few blocks of rows, threads compute them side by side for the same panels: the weight
  /// is the larger operand then, and comes from memory once for all of them.
  private static final int FEW = 2;

  /// Cuts a product: large tiles first, for which rows are fetched once for many panels, and
  /// smaller ones at the end, so that no thread waits long for the last (guided self-scheduling,
  /// Polychronopoulos & Kuck, 1987, IEEE Trans. Computers C-36).
  ///
  /// @param most panels per tile at most
  static List<Tile> cut(int blocks, List<PackedWeight.Panel> panels, int most, int threads) {
    int count = panels.size();
    List<Tile> tiles = new ArrayList<>();
    if (blocks <= FEW) {
      for (int p = 0; p < count; ) {
        int n = next((long) blocks * (count - p), threads, Math.min(most, count - p));
        for (int b = 0; b < blocks; b++) {
          tiles.add(new Tile(b, p, panels.subList(p, p + n)));
        }
        p += n;
      }
      return tiles;
    }
    for (int b = 0; b < blocks; b++) {
      for (int p = 0; p < count; ) {
        long left = (long) (blocks - b) * count - p;
        int n = next(left, threads, Math.min(most, count - p));
        tiles.add(new Tile(b, p, panels.subList(p, p + n)));
        p += n;
      }
    }
    return tiles;
  }

  /// How many panels the next tile has, if so many are left, and `most` for it.
  private static int next(long left, int threads, int most) {
    return Math.clamp(left / ((long) SHARE * threads), 1, most);
  }

  /// The first column.
  int first() {
    return panels.getFirst().first();
  }

  /// How many columns the result has here.
  int columns() {
    var last = panels.getLast();
    return last.first() + last.columns() - first();
  }

  /// How many the panels have, filled up.
  int width() {
    var last = panels.getLast();
    return last.first() + last.width() - first();
  }
}
