// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder.convolution;

import dev.hubble.bench.ladder.Rung;
import dev.hubble.bench.ladder.gemm.PackedPanels;

/// Rung 2: a convolution is a matrix product, if one writes what the filter sees at a pixel,
/// `9·ins` numbers, as a row of a matrix (Chellapilla et al., 2006).
///
/// All that was done for the matrix product works at once. The price is the matrix: nine copies of
/// the image are written to memory and read again.
final class Im2col {
  private Im2col() {}

  static Rung.Prepared prepare(ConvProblem c) {
    int depth = 9 * c.ins();
    var w = new PackedPanels(c.w(), depth, c.outs());
    float[] matrix = new float[c.height() * c.width() * depth];
    int[] rows = PackedPanels.rows(c.height() * c.width(), 0, depth);
    float[] wide = new float[rows.length * w.width()];
    return () -> {
      fill(c, matrix);
      w.multiply(matrix, rows, 1, 0, wide, 0);
      PackedPanels.unpad(wide, w.width(), c.y(), c.outs());
    };
  }

  /// Copies three neighbouring pixels at a time; what lies outside the image stays 0.
  private static void fill(ConvProblem c, float[] matrix) {
    for (int p = 0; p < c.height(); p++) {
      for (int q = 0; q < c.width(); q++) {
        int at = (p * c.width() + q) * 9 * c.ins();
        int from = Math.max(0, q - 1);
        int to = Math.min(c.width(), q + 2);
        for (int row = Math.max(0, p - 1); row < Math.min(c.height(), p + 2); row++) {
          System.arraycopy(
              c.x(),
              (row * c.width() + from) * c.ins(),
              matrix,
              at + ((row - p + 1) * 3 + from - q + 1) * c.ins(),
              (to - from) * c.ins());
        }
      }
    }
  }
}
