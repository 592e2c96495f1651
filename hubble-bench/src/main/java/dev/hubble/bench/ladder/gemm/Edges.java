// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder.gemm;

import java.util.Arrays;

/// What is left over at the right and at the bottom where vectors and tiles do not fit.
final class Edges {
  private Edges() {}

  /// Computes the columns from `fromOut` on, for some rows.
  static void multiply(GemmProblem p, int fromRow, int toRow, int fromOut) {
    for (int r = fromRow; r < toRow; r++) {
      Arrays.fill(p.y(), r * p.outs() + fromOut, (r + 1) * p.outs(), 0);
      RowByRow.add(p, r, 0, p.depth(), fromOut, p.outs());
    }
  }
}
