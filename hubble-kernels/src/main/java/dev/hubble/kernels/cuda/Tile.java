// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import dev.hubble.kernels.DType;

/// How a matrix product `[m,k] x [k,n]` is cut into blocks, and which of the matmul kernels that
/// is.
///
/// @param name the end of the kernel's name
/// @param rows rows of the result that a block computes
/// @param columns columns of the result that a block computes
/// @param block threads of a block
/// @param sharedMemory bytes of shared memory of a block
record Tile(String name, int rows, int columns, int block, int sharedMemory) {
  private static final Tile WIDE = new Tile("_128x160", 128, 160, 256, 73_728);
  private static final Tile SQUARE = new Tile("_128x128", 128, 128, 256, 65_536);
  private static final Tile SMALL = new Tile("_64x64", 64, 64, 128, 32_768);
  private static final Tile NARROW = new Tile("_64x32", 64, 32, 128, 24_576);
  private static final Tile ANY = new Tile("_any", 64, 64, 128, 16_384);
  private static final Tile FLOAT = new Tile("", 64, 64, 256, 0);

  // Blocks that keep a large GPU busy: one on each of an H100's 132 multiprocessors.
  private static final long BUSY = 100;
  private static final int SLICE = 32; // of k: what a block reads at a time
  private static final int MAX_SPLITS = 16;

  /// The tile for a product in format `dtype`. It may depend on everything, for the tile does not
  /// change a bit of the result.
  ///
  /// @param vectors whether rows of both factors begin at multiples of 16 bytes
  /// @param available how much shared memory the GPU gives a block
  static Tile choose(DType dtype, long m, int n, boolean vectors, int splits, int available) {
    if (dtype == DType.F32) {
      return FLOAT;
    }
    if (!vectors) {
      return ANY;
    }
    if (n <= NARROW.columns) {
      return NARROW;
    }
    var large = padded(n, WIDE.columns) <= padded(n, SQUARE.columns) ? WIDE : SQUARE;
    boolean fits = large.sharedMemory <= available;
    return fits && large.blocks(m, n) * splits >= BUSY ? large : SMALL;
  }

  /// Into how many parts the sums over `k` are cut, to have enough blocks where the result is
  /// small. This changes how sums are rounded, so it is the same whatever the number of images.
  ///
  /// @param products how many there are at once
  /// @param rows rows of one image
  static int splits(int products, long rows, int n, int kp) {
    long blocks = products * SMALL.blocks(rows, n);
    // Guidance computes two images at once.
    long wanted = Math.ceilDiv(BUSY, 2 * blocks);
    long most = Math.max(1, kp / (4 * SLICE)); // a part should be worth its start
    return Math.clamp(Math.min(wanted, most), 1, MAX_SPLITS);
  }

  /// How many blocks a product takes.
  long blocks(long m, int n) {
    return Math.ceilDiv(m, rows) * Math.ceilDiv(n, columns);
  }

  private static long padded(int n, int columns) {
    return (long) Math.ceilDiv(n, columns) * columns;
  }
}
