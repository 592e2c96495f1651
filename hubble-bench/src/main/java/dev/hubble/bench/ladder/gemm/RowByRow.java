// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder.gemm;

import java.util.Arrays;

/// Rung 2: the same products in another order. The two inner loops change places, so that a row of
/// W is read from left to right and added to a row of Y.
///
/// Now nothing waits: the additions of one row are independent of each other, and the compiler
/// makes vectors of them by itself. But for every product, an element of Y is read and written, and
/// all of W passes through the caches for each row of X.
final class RowByRow {
  private RowByRow() {}

  static void multiply(GemmProblem p) {
    Arrays.fill(p.y(), 0);
    for (int r = 0; r < p.rows(); r++) {
      add(p, r, 0, p.depth(), 0, p.outs());
    }
  }

  /// Adds to one row of Y, between two columns, the products between two depths.
  static void add(GemmProblem p, int row, int fromDepth, int toDepth, int fromOut, int toOut) {
    float[] y = p.y();
    float[] w = p.w();
    int yAt = row * p.outs();
    for (int k = fromDepth; k < toDepth; k++) {
      float factor = p.x()[row * p.depth() + k];
      int wAt = k * p.outs();
      for (int o = fromOut; o < toOut; o++) {
        y[yAt + o] += factor * w[wAt + o];
      }
    }
  }
}
