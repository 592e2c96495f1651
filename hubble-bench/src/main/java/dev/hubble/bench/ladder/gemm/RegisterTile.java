// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder.gemm;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;
import static jdk.incubator.vector.FloatVector.zero;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// Rung 5's heart: four rows of X times four vectors of W, an outer product in registers.
///
/// Sixteen sums are under way at once, so nothing waits. Each step loads four vectors and four
/// numbers and does sixteen multiply-adds with them: arithmetic, not loads, is the limit. With the
/// operands that makes 21 registers: it is made for processors that have 32.
///
/// The sums are named one by one. In an array of vectors they would be objects on the heap.
public final class RegisterTile {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = S.length();

  /// Rows of a tile.
  public static final int ROWS = 4;

  /// Columns of a tile: 64 where vectors have 512 bits.
  public static final int PANEL = 4 * LANES;

  private RegisterTile() {}

  /// `Y (+)= X·W` for four rows and [#PANEL] columns.
  ///
  /// Row r of X begins at `xRows[r]+xShift`, row k of W at `wAt + k·wStep`; the results go to `yAt
  /// + r·yStep`. Four rows are taken from `row` on; beyond the last row, the last one is taken
  ///   again.
  public static void multiply(
      float[] x,
      int[] xRows,
      int xShift,
      int row,
      int depth,
      float[] w,
      int wAt,
      int wStep,
      float[] y,
      int yAt,
      int yStep,
      boolean accumulate) {
    int last = xRows.length - 1;
    int r1 = Math.min(row + 1, last);
    int r2 = Math.min(row + 2, last);
    int r3 = Math.min(row + 3, last);
    int x0 = xRows[row] + xShift;
    int x1 = xRows[r1] + xShift;
    int x2 = xRows[r2] + xShift;
    int x3 = xRows[r3] + xShift;
    int y0 = yAt + row * yStep;
    int y1 = yAt + r1 * yStep;
    int y2 = yAt + r2 * yStep;
    int y3 = yAt + r3 * yStep;
    FloatVector s00 = zero(S);
    FloatVector s01 = zero(S);
    FloatVector s02 = zero(S);
    FloatVector s03 = zero(S);
    FloatVector s10 = zero(S);
    FloatVector s11 = zero(S);
    FloatVector s12 = zero(S);
    FloatVector s13 = zero(S);
    FloatVector s20 = zero(S);
    FloatVector s21 = zero(S);
    FloatVector s22 = zero(S);
    FloatVector s23 = zero(S);
    FloatVector s30 = zero(S);
    FloatVector s31 = zero(S);
    FloatVector s32 = zero(S);
    FloatVector s33 = zero(S);
    if (accumulate) {
      s00 = fromArray(S, y, y0);
      s01 = fromArray(S, y, y0 + LANES);
      s02 = fromArray(S, y, y0 + 2 * LANES);
      s03 = fromArray(S, y, y0 + 3 * LANES);
      s10 = fromArray(S, y, y1);
      s11 = fromArray(S, y, y1 + LANES);
      s12 = fromArray(S, y, y1 + 2 * LANES);
      s13 = fromArray(S, y, y1 + 3 * LANES);
      s20 = fromArray(S, y, y2);
      s21 = fromArray(S, y, y2 + LANES);
      s22 = fromArray(S, y, y2 + 2 * LANES);
      s23 = fromArray(S, y, y2 + 3 * LANES);
      s30 = fromArray(S, y, y3);
      s31 = fromArray(S, y, y3 + LANES);
      s32 = fromArray(S, y, y3 + 2 * LANES);
      s33 = fromArray(S, y, y3 + 3 * LANES);
    }
    for (int k = 0; k < depth; k++) {
      int at = wAt + k * wStep;
      FloatVector w0 = fromArray(S, w, at);
      FloatVector w1 = fromArray(S, w, at + LANES);
      FloatVector w2 = fromArray(S, w, at + 2 * LANES);
      FloatVector w3 = fromArray(S, w, at + 3 * LANES);
      FloatVector f;
      f = broadcast(S, x[x0 + k]);
      s00 = f.fma(w0, s00);
      s01 = f.fma(w1, s01);
      s02 = f.fma(w2, s02);
      s03 = f.fma(w3, s03);
      f = broadcast(S, x[x1 + k]);
      s10 = f.fma(w0, s10);
      s11 = f.fma(w1, s11);
      s12 = f.fma(w2, s12);
      s13 = f.fma(w3, s13);
      f = broadcast(S, x[x2 + k]);
      s20 = f.fma(w0, s20);
      s21 = f.fma(w1, s21);
      s22 = f.fma(w2, s22);
      s23 = f.fma(w3, s23);
      f = broadcast(S, x[x3 + k]);
      s30 = f.fma(w0, s30);
      s31 = f.fma(w1, s31);
      s32 = f.fma(w2, s32);
      s33 = f.fma(w3, s33);
    }
    s00.intoArray(y, y0);
    s01.intoArray(y, y0 + LANES);
    s02.intoArray(y, y0 + 2 * LANES);
    s03.intoArray(y, y0 + 3 * LANES);
    s10.intoArray(y, y1);
    s11.intoArray(y, y1 + LANES);
    s12.intoArray(y, y1 + 2 * LANES);
    s13.intoArray(y, y1 + 3 * LANES);
    s20.intoArray(y, y2);
    s21.intoArray(y, y2 + LANES);
    s22.intoArray(y, y2 + 2 * LANES);
    s23.intoArray(y, y2 + 3 * LANES);
    s30.intoArray(y, y3);
    s31.intoArray(y, y3 + LANES);
    s32.intoArray(y, y3 + 2 * LANES);
    s33.intoArray(y, y3 + 3 * LANES);
  }
}
