// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder.gemm;

import dev.hubble.bench.model.Formula;

/// `Y = X·W`, all row by row.
///
/// @param rows rows of X and Y
/// @param depth columns of X, rows of W: the length of the sums
/// @param outs columns of W and Y
/// @param x `[rows][depth]`
/// @param w `[depth][outs]`
/// @param y `[rows][outs]`, where the result goes
public record GemmProblem(int rows, int depth, int outs, float[] x, float[] w, float[] y) {
  /// A problem with numbers in [-1, 1).
  public static GemmProblem of(int rows, int outs, int depth) {
    return new GemmProblem(
        rows,
        depth,
        outs,
        Formula.uniform("x", rows * depth),
        Formula.uniform("w", depth * outs),
        new float[rows * outs]);
  }

  /// A multiply-add counts as two.
  public double flops() {
    return 2.0 * rows * depth * outs;
  }
}
