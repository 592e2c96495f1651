// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import org.jspecify.annotations.Nullable;

/// Which products the kernels for Hopper's copy engine take, and how they are cut.
///
/// @param name the end of the kernel's name
/// @param columns columns of the result that a block computes at a time; rows are 128
/// @param block threads of a block
/// @param sharedMemory bytes of shared memory of a block
record HopperTile(String name, int columns, int block, int sharedMemory) {
  static final int ROWS = 128;

  /// How deep a tile of an operand is.
  static final int DEPTH = 64;

  private static final HopperTile WIDE = new HopperTile("_128x160", 160, 288, 227_408);
  private static final HopperTile SQUARE = new HopperTile("_128x128", 128, 288, 215_136);
  private static final int MAX_SPLITS = 16;
  private static final int SHORTEST = 4; // steps of a split: it should be worth its start

  /// The 128 rows of a tile as a box of pixels.
  record Box(int images, int rows, int columns) {
    static final Box ROW = new Box(1, 1, ROWS);

    /// The box for a result of this size: whole rows, whole images, or a part of a row; null if 128
    /// pixels are none of these.
    static @Nullable Box of(int height, int width) {
      int columns = Math.min(width, ROWS);
      if (ROWS % columns != 0 || width % columns != 0) {
        return null;
      }
      int rows = Math.min(ROWS / columns, height);
      return height % rows == 0 && ROWS % (columns * rows) == 0
          ? new Box(ROWS / (columns * rows), rows, columns)
          : null;
    }
  }

  /// The tile with which `n` columns are padded less.
  static HopperTile choose(int n) {
    return padded(n, WIDE.columns) <= padded(n, SQUARE.columns) ? WIDE : SQUARE;
  }

  /// Into how many parts the sums are cut, so that each of `processors` has work where the result
  /// is small. The same whatever the number of images: it changes how sums are rounded.
  ///
  /// @param blocks how many tiles the results of guidance's two images take, unsplit
  /// @param steps how many tiles deep the sums are
  static int splits(long blocks, int steps, int processors) {
    long wanted = Math.min(processors / blocks, (long) steps / SHORTEST);
    return Math.clamp(wanted, 1, MAX_SPLITS);
  }

  /// How many tiles the results of guidance's two images take, unsplit.
  ///
  /// @param rows rows of one image
  long blocks(long rows, int n) {
    return Math.ceilDiv(2 * rows, ROWS) * Math.ceilDiv(n, columns);
  }

  private static long padded(int n, int columns) {
    return (long) Math.ceilDiv(n, columns) * columns;
  }
}
