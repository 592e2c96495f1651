// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

import org.jspecify.annotations.Nullable;

/// How a product is cut into parts that one thread computes at once: each a block of rows times
/// neighbouring panels of the weight. How it is cut changes no bit: a sum is over the whole depth
/// in order, in whatever tile it is. Attention's heads are cut into panels of queries the same way.
///
/// Large tiles come first, for which rows are fetched once for many panels, and smaller ones at the
/// end, so that no thread waits long for the last (guided self-scheduling, Polychronopoulos & Kuck,
/// 1987, IEEE Trans. Computers C-36).
final class Tiles {
  /// The next tile is at most this part of what is left for each thread.
  private static final int SHARE = 2;

  /// With so few blocks of rows, threads compute them side by side for the same panels: the weight
  /// is the larger operand then, and comes from memory once for all of them.
  private static final int FEW = 2;

  private final int blocks;

  /// Where groups of panels begin, and the end of the last: of all blocks if they are few, else of
  /// one block after the other, counted on through all of them.
  private final int[] cuts;

  private final int panels;

  /// Cuts a product.
  ///
  /// @param most panels per tile at most
  Tiles(int blocks, int panels, int most, int threads) {
    this.blocks = blocks;
    this.panels = panels;
    long share = (long) SHARE * threads;
    // Groups are of panels alone, or of panels of blocks in a row.
    int all = blocks <= FEW ? panels : Math.multiplyExact(blocks, panels);
    int beside = blocks <= FEW ? blocks : 1;
    cuts = new int[cut(all, beside, most, share, null) + 1];
    cut(all, beside, most, share, cuts);
  }

  /// Writes where groups begin to `into`, unless it is null; how many there are.
  private int cut(int all, int beside, int most, long share, int @Nullable [] into) {
    int count = 0;
    for (int p = 0; p < all; count++) {
      if (into != null) {
        into[count] = p;
        into[count + 1] = all;
      }
      int inBlock = panels - p % panels;
      p += Math.clamp((long) beside * (all - p) / share, 1, Math.min(most, inBlock));
    }
    return count;
  }

  /// How many tiles there are.
  int count() {
    return (blocks <= FEW ? blocks : 1) * (cuts.length - 1);
  }

  /// Which block of rows tile t is in.
  int block(int t) {
    return blocks <= FEW ? t % blocks : cuts[t] / panels;
  }

  /// The first panel of tile t.
  int begin(int t) {
    return blocks <= FEW ? cuts[t / blocks] : cuts[t] % panels;
  }

  /// The panel after the last of tile t.
  int end(int t) {
    return blocks <= FEW ? cuts[t / blocks + 1] : (cuts[t + 1] - 1) % panels + 1;
  }
}
