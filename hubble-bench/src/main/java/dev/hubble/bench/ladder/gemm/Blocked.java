// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder.gemm;

import java.util.Arrays;

/// Rung 3: the same again, piece by piece. A block of W that fits in the first cache is used for
/// all rows of X before the next one is fetched.
///
/// What W costs is gone; that every product reads and writes an element of Y is not.
final class Blocked {
  /// 64 rows and 64 columns of W: 16 KB.
  private static final int SIDE = 64;

  private Blocked() {}

  static void multiply(GemmProblem p) {
    Arrays.fill(p.y(), 0);
    for (int o = 0; o < p.outs(); o += SIDE) {
      for (int k = 0; k < p.depth(); k += SIDE) {
        for (int r = 0; r < p.rows(); r++) {
          RowByRow.add(p, r, k, Math.min(k + SIDE, p.depth()), o, Math.min(o + SIDE, p.outs()));
        }
      }
    }
  }
}
