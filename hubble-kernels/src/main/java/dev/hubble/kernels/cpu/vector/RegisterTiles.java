// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu.vector;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;
import static jdk.incubator.vector.FloatVector.zero;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// The register tiles of the matrix product, by rows x vectors: everything else in the backend
/// waits for these loops.
///
/// All sums are local variables, so that they stay in registers, and the depth is not unrolled by
/// hand, which would make the compiler spill them. For every step of the depth a vector of weights
/// is used by all rows and an element of x by all vectors. Where the rows of C begin is looked up
/// after the loop, and before it once more only if they are added to: kept across it, these numbers
/// drive the arrays' addresses out of the integer registers into those for vectors and back in
/// every step, which costs three parts in a hundred. The parameters are those of
/// [dev.hubble.kernels.cpu.Kernels#multiply], and r, the tile's first row.
final class RegisterTiles {
  private static final VectorSpecies<Float> S = Species.FLOAT;
  private static final int LANES = Species.LANES;
  private static final int PANEL_4 = 4 * LANES;
  private static final int PANEL_2 = 2 * LANES;

  private RegisterTiles() {}

  /// 24 sums: for 32 registers.
  static void tile6x4(
      float[] a,
      int[] aRows,
      int aShift,
      int depth,
      float[] b,
      int bAt,
      float[] c,
      int[] cRows,
      int cShift,
      int r,
      boolean accumulate) {
    int a0 = aRows[r] + aShift;
    int a1 = aRows[r + 1] + aShift;
    int a2 = aRows[r + 2] + aShift;
    int a3 = aRows[r + 3] + aShift;
    int a4 = aRows[r + 4] + aShift;
    int a5 = aRows[r + 5] + aShift;
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
    FloatVector s40 = zero(S);
    FloatVector s41 = zero(S);
    FloatVector s42 = zero(S);
    FloatVector s43 = zero(S);
    FloatVector s50 = zero(S);
    FloatVector s51 = zero(S);
    FloatVector s52 = zero(S);
    FloatVector s53 = zero(S);
    if (accumulate) {
      int from0 = cRows[r] + cShift;
      int from1 = cRows[r + 1] + cShift;
      int from2 = cRows[r + 2] + cShift;
      int from3 = cRows[r + 3] + cShift;
      int from4 = cRows[r + 4] + cShift;
      int from5 = cRows[r + 5] + cShift;
      s00 = fromArray(S, c, from0);
      s01 = fromArray(S, c, from0 + LANES);
      s02 = fromArray(S, c, from0 + 2 * LANES);
      s03 = fromArray(S, c, from0 + 3 * LANES);
      s10 = fromArray(S, c, from1);
      s11 = fromArray(S, c, from1 + LANES);
      s12 = fromArray(S, c, from1 + 2 * LANES);
      s13 = fromArray(S, c, from1 + 3 * LANES);
      s20 = fromArray(S, c, from2);
      s21 = fromArray(S, c, from2 + LANES);
      s22 = fromArray(S, c, from2 + 2 * LANES);
      s23 = fromArray(S, c, from2 + 3 * LANES);
      s30 = fromArray(S, c, from3);
      s31 = fromArray(S, c, from3 + LANES);
      s32 = fromArray(S, c, from3 + 2 * LANES);
      s33 = fromArray(S, c, from3 + 3 * LANES);
      s40 = fromArray(S, c, from4);
      s41 = fromArray(S, c, from4 + LANES);
      s42 = fromArray(S, c, from4 + 2 * LANES);
      s43 = fromArray(S, c, from4 + 3 * LANES);
      s50 = fromArray(S, c, from5);
      s51 = fromArray(S, c, from5 + LANES);
      s52 = fromArray(S, c, from5 + 2 * LANES);
      s53 = fromArray(S, c, from5 + 3 * LANES);
    }
    for (int k = 0; k < depth; k++) {
      int at = bAt + k * PANEL_4;
      FloatVector b0 = fromArray(S, b, at);
      FloatVector b1 = fromArray(S, b, at + LANES);
      FloatVector b2 = fromArray(S, b, at + 2 * LANES);
      FloatVector b3 = fromArray(S, b, at + 3 * LANES);
      FloatVector x;
      x = broadcast(S, a[a0 + k]);
      s00 = x.fma(b0, s00);
      s01 = x.fma(b1, s01);
      s02 = x.fma(b2, s02);
      s03 = x.fma(b3, s03);
      x = broadcast(S, a[a1 + k]);
      s10 = x.fma(b0, s10);
      s11 = x.fma(b1, s11);
      s12 = x.fma(b2, s12);
      s13 = x.fma(b3, s13);
      x = broadcast(S, a[a2 + k]);
      s20 = x.fma(b0, s20);
      s21 = x.fma(b1, s21);
      s22 = x.fma(b2, s22);
      s23 = x.fma(b3, s23);
      x = broadcast(S, a[a3 + k]);
      s30 = x.fma(b0, s30);
      s31 = x.fma(b1, s31);
      s32 = x.fma(b2, s32);
      s33 = x.fma(b3, s33);
      x = broadcast(S, a[a4 + k]);
      s40 = x.fma(b0, s40);
      s41 = x.fma(b1, s41);
      s42 = x.fma(b2, s42);
      s43 = x.fma(b3, s43);
      x = broadcast(S, a[a5 + k]);
      s50 = x.fma(b0, s50);
      s51 = x.fma(b1, s51);
      s52 = x.fma(b2, s52);
      s53 = x.fma(b3, s53);
    }
    int c0 = cRows[r] + cShift;
    int c1 = cRows[r + 1] + cShift;
    int c2 = cRows[r + 2] + cShift;
    int c3 = cRows[r + 3] + cShift;
    int c4 = cRows[r + 4] + cShift;
    int c5 = cRows[r + 5] + cShift;
    s00.intoArray(c, c0);
    s01.intoArray(c, c0 + LANES);
    s02.intoArray(c, c0 + 2 * LANES);
    s03.intoArray(c, c0 + 3 * LANES);
    s10.intoArray(c, c1);
    s11.intoArray(c, c1 + LANES);
    s12.intoArray(c, c1 + 2 * LANES);
    s13.intoArray(c, c1 + 3 * LANES);
    s20.intoArray(c, c2);
    s21.intoArray(c, c2 + LANES);
    s22.intoArray(c, c2 + 2 * LANES);
    s23.intoArray(c, c2 + 3 * LANES);
    s30.intoArray(c, c3);
    s31.intoArray(c, c3 + LANES);
    s32.intoArray(c, c3 + 2 * LANES);
    s33.intoArray(c, c3 + 3 * LANES);
    s40.intoArray(c, c4);
    s41.intoArray(c, c4 + LANES);
    s42.intoArray(c, c4 + 2 * LANES);
    s43.intoArray(c, c4 + 3 * LANES);
    s50.intoArray(c, c5);
    s51.intoArray(c, c5 + LANES);
    s52.intoArray(c, c5 + 2 * LANES);
    s53.intoArray(c, c5 + 3 * LANES);
  }

  /// 16 sums: for 32 registers.
  static void tile4x4(
      float[] a,
      int[] aRows,
      int aShift,
      int depth,
      float[] b,
      int bAt,
      float[] c,
      int[] cRows,
      int cShift,
      int r,
      boolean accumulate) {
    int a0 = aRows[r] + aShift;
    int a1 = aRows[r + 1] + aShift;
    int a2 = aRows[r + 2] + aShift;
    int a3 = aRows[r + 3] + aShift;
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
      int from0 = cRows[r] + cShift;
      int from1 = cRows[r + 1] + cShift;
      int from2 = cRows[r + 2] + cShift;
      int from3 = cRows[r + 3] + cShift;
      s00 = fromArray(S, c, from0);
      s01 = fromArray(S, c, from0 + LANES);
      s02 = fromArray(S, c, from0 + 2 * LANES);
      s03 = fromArray(S, c, from0 + 3 * LANES);
      s10 = fromArray(S, c, from1);
      s11 = fromArray(S, c, from1 + LANES);
      s12 = fromArray(S, c, from1 + 2 * LANES);
      s13 = fromArray(S, c, from1 + 3 * LANES);
      s20 = fromArray(S, c, from2);
      s21 = fromArray(S, c, from2 + LANES);
      s22 = fromArray(S, c, from2 + 2 * LANES);
      s23 = fromArray(S, c, from2 + 3 * LANES);
      s30 = fromArray(S, c, from3);
      s31 = fromArray(S, c, from3 + LANES);
      s32 = fromArray(S, c, from3 + 2 * LANES);
      s33 = fromArray(S, c, from3 + 3 * LANES);
    }
    for (int k = 0; k < depth; k++) {
      int at = bAt + k * PANEL_4;
      FloatVector b0 = fromArray(S, b, at);
      FloatVector b1 = fromArray(S, b, at + LANES);
      FloatVector b2 = fromArray(S, b, at + 2 * LANES);
      FloatVector b3 = fromArray(S, b, at + 3 * LANES);
      FloatVector x;
      x = broadcast(S, a[a0 + k]);
      s00 = x.fma(b0, s00);
      s01 = x.fma(b1, s01);
      s02 = x.fma(b2, s02);
      s03 = x.fma(b3, s03);
      x = broadcast(S, a[a1 + k]);
      s10 = x.fma(b0, s10);
      s11 = x.fma(b1, s11);
      s12 = x.fma(b2, s12);
      s13 = x.fma(b3, s13);
      x = broadcast(S, a[a2 + k]);
      s20 = x.fma(b0, s20);
      s21 = x.fma(b1, s21);
      s22 = x.fma(b2, s22);
      s23 = x.fma(b3, s23);
      x = broadcast(S, a[a3 + k]);
      s30 = x.fma(b0, s30);
      s31 = x.fma(b1, s31);
      s32 = x.fma(b2, s32);
      s33 = x.fma(b3, s33);
    }
    int c0 = cRows[r] + cShift;
    int c1 = cRows[r + 1] + cShift;
    int c2 = cRows[r + 2] + cShift;
    int c3 = cRows[r + 3] + cShift;
    s00.intoArray(c, c0);
    s01.intoArray(c, c0 + LANES);
    s02.intoArray(c, c0 + 2 * LANES);
    s03.intoArray(c, c0 + 3 * LANES);
    s10.intoArray(c, c1);
    s11.intoArray(c, c1 + LANES);
    s12.intoArray(c, c1 + 2 * LANES);
    s13.intoArray(c, c1 + 3 * LANES);
    s20.intoArray(c, c2);
    s21.intoArray(c, c2 + LANES);
    s22.intoArray(c, c2 + 2 * LANES);
    s23.intoArray(c, c2 + 3 * LANES);
    s30.intoArray(c, c3);
    s31.intoArray(c, c3 + LANES);
    s32.intoArray(c, c3 + 2 * LANES);
    s33.intoArray(c, c3 + 3 * LANES);
  }

  /// 12 sums: for 16 registers.
  static void tile6x2(
      float[] a,
      int[] aRows,
      int aShift,
      int depth,
      float[] b,
      int bAt,
      float[] c,
      int[] cRows,
      int cShift,
      int r,
      boolean accumulate) {
    int a0 = aRows[r] + aShift;
    int a1 = aRows[r + 1] + aShift;
    int a2 = aRows[r + 2] + aShift;
    int a3 = aRows[r + 3] + aShift;
    int a4 = aRows[r + 4] + aShift;
    int a5 = aRows[r + 5] + aShift;
    FloatVector s00 = zero(S);
    FloatVector s01 = zero(S);
    FloatVector s10 = zero(S);
    FloatVector s11 = zero(S);
    FloatVector s20 = zero(S);
    FloatVector s21 = zero(S);
    FloatVector s30 = zero(S);
    FloatVector s31 = zero(S);
    FloatVector s40 = zero(S);
    FloatVector s41 = zero(S);
    FloatVector s50 = zero(S);
    FloatVector s51 = zero(S);
    if (accumulate) {
      int from0 = cRows[r] + cShift;
      int from1 = cRows[r + 1] + cShift;
      int from2 = cRows[r + 2] + cShift;
      int from3 = cRows[r + 3] + cShift;
      int from4 = cRows[r + 4] + cShift;
      int from5 = cRows[r + 5] + cShift;
      s00 = fromArray(S, c, from0);
      s01 = fromArray(S, c, from0 + LANES);
      s10 = fromArray(S, c, from1);
      s11 = fromArray(S, c, from1 + LANES);
      s20 = fromArray(S, c, from2);
      s21 = fromArray(S, c, from2 + LANES);
      s30 = fromArray(S, c, from3);
      s31 = fromArray(S, c, from3 + LANES);
      s40 = fromArray(S, c, from4);
      s41 = fromArray(S, c, from4 + LANES);
      s50 = fromArray(S, c, from5);
      s51 = fromArray(S, c, from5 + LANES);
    }
    for (int k = 0; k < depth; k++) {
      int at = bAt + k * PANEL_2;
      FloatVector b0 = fromArray(S, b, at);
      FloatVector b1 = fromArray(S, b, at + LANES);
      FloatVector x;
      x = broadcast(S, a[a0 + k]);
      s00 = x.fma(b0, s00);
      s01 = x.fma(b1, s01);
      x = broadcast(S, a[a1 + k]);
      s10 = x.fma(b0, s10);
      s11 = x.fma(b1, s11);
      x = broadcast(S, a[a2 + k]);
      s20 = x.fma(b0, s20);
      s21 = x.fma(b1, s21);
      x = broadcast(S, a[a3 + k]);
      s30 = x.fma(b0, s30);
      s31 = x.fma(b1, s31);
      x = broadcast(S, a[a4 + k]);
      s40 = x.fma(b0, s40);
      s41 = x.fma(b1, s41);
      x = broadcast(S, a[a5 + k]);
      s50 = x.fma(b0, s50);
      s51 = x.fma(b1, s51);
    }
    int c0 = cRows[r] + cShift;
    int c1 = cRows[r + 1] + cShift;
    int c2 = cRows[r + 2] + cShift;
    int c3 = cRows[r + 3] + cShift;
    int c4 = cRows[r + 4] + cShift;
    int c5 = cRows[r + 5] + cShift;
    s00.intoArray(c, c0);
    s01.intoArray(c, c0 + LANES);
    s10.intoArray(c, c1);
    s11.intoArray(c, c1 + LANES);
    s20.intoArray(c, c2);
    s21.intoArray(c, c2 + LANES);
    s30.intoArray(c, c3);
    s31.intoArray(c, c3 + LANES);
    s40.intoArray(c, c4);
    s41.intoArray(c, c4 + LANES);
    s50.intoArray(c, c5);
    s51.intoArray(c, c5 + LANES);
  }

  /// 8 sums: for 16 registers.
  static void tile4x2(
      float[] a,
      int[] aRows,
      int aShift,
      int depth,
      float[] b,
      int bAt,
      float[] c,
      int[] cRows,
      int cShift,
      int r,
      boolean accumulate) {
    int a0 = aRows[r] + aShift;
    int a1 = aRows[r + 1] + aShift;
    int a2 = aRows[r + 2] + aShift;
    int a3 = aRows[r + 3] + aShift;
    FloatVector s00 = zero(S);
    FloatVector s01 = zero(S);
    FloatVector s10 = zero(S);
    FloatVector s11 = zero(S);
    FloatVector s20 = zero(S);
    FloatVector s21 = zero(S);
    FloatVector s30 = zero(S);
    FloatVector s31 = zero(S);
    if (accumulate) {
      int from0 = cRows[r] + cShift;
      int from1 = cRows[r + 1] + cShift;
      int from2 = cRows[r + 2] + cShift;
      int from3 = cRows[r + 3] + cShift;
      s00 = fromArray(S, c, from0);
      s01 = fromArray(S, c, from0 + LANES);
      s10 = fromArray(S, c, from1);
      s11 = fromArray(S, c, from1 + LANES);
      s20 = fromArray(S, c, from2);
      s21 = fromArray(S, c, from2 + LANES);
      s30 = fromArray(S, c, from3);
      s31 = fromArray(S, c, from3 + LANES);
    }
    for (int k = 0; k < depth; k++) {
      int at = bAt + k * PANEL_2;
      FloatVector b0 = fromArray(S, b, at);
      FloatVector b1 = fromArray(S, b, at + LANES);
      FloatVector x;
      x = broadcast(S, a[a0 + k]);
      s00 = x.fma(b0, s00);
      s01 = x.fma(b1, s01);
      x = broadcast(S, a[a1 + k]);
      s10 = x.fma(b0, s10);
      s11 = x.fma(b1, s11);
      x = broadcast(S, a[a2 + k]);
      s20 = x.fma(b0, s20);
      s21 = x.fma(b1, s21);
      x = broadcast(S, a[a3 + k]);
      s30 = x.fma(b0, s30);
      s31 = x.fma(b1, s31);
    }
    int c0 = cRows[r] + cShift;
    int c1 = cRows[r + 1] + cShift;
    int c2 = cRows[r + 2] + cShift;
    int c3 = cRows[r + 3] + cShift;
    s00.intoArray(c, c0);
    s01.intoArray(c, c0 + LANES);
    s10.intoArray(c, c1);
    s11.intoArray(c, c1 + LANES);
    s20.intoArray(c, c2);
    s21.intoArray(c, c2 + LANES);
    s30.intoArray(c, c3);
    s31.intoArray(c, c3 + LANES);
  }

  /// 6 sums: for narrow panels.
  static void tile6x1(
      float[] a,
      int[] aRows,
      int aShift,
      int depth,
      float[] b,
      int bAt,
      float[] c,
      int[] cRows,
      int cShift,
      int r,
      boolean accumulate) {
    int a0 = aRows[r] + aShift;
    int a1 = aRows[r + 1] + aShift;
    int a2 = aRows[r + 2] + aShift;
    int a3 = aRows[r + 3] + aShift;
    int a4 = aRows[r + 4] + aShift;
    int a5 = aRows[r + 5] + aShift;
    FloatVector s00 = zero(S);
    FloatVector s10 = zero(S);
    FloatVector s20 = zero(S);
    FloatVector s30 = zero(S);
    FloatVector s40 = zero(S);
    FloatVector s50 = zero(S);
    if (accumulate) {
      int from0 = cRows[r] + cShift;
      int from1 = cRows[r + 1] + cShift;
      int from2 = cRows[r + 2] + cShift;
      int from3 = cRows[r + 3] + cShift;
      int from4 = cRows[r + 4] + cShift;
      int from5 = cRows[r + 5] + cShift;
      s00 = fromArray(S, c, from0);
      s10 = fromArray(S, c, from1);
      s20 = fromArray(S, c, from2);
      s30 = fromArray(S, c, from3);
      s40 = fromArray(S, c, from4);
      s50 = fromArray(S, c, from5);
    }
    for (int k = 0; k < depth; k++) {
      int at = bAt + k * LANES;
      FloatVector b0 = fromArray(S, b, at);
      FloatVector x;
      x = broadcast(S, a[a0 + k]);
      s00 = x.fma(b0, s00);
      x = broadcast(S, a[a1 + k]);
      s10 = x.fma(b0, s10);
      x = broadcast(S, a[a2 + k]);
      s20 = x.fma(b0, s20);
      x = broadcast(S, a[a3 + k]);
      s30 = x.fma(b0, s30);
      x = broadcast(S, a[a4 + k]);
      s40 = x.fma(b0, s40);
      x = broadcast(S, a[a5 + k]);
      s50 = x.fma(b0, s50);
    }
    int c0 = cRows[r] + cShift;
    int c1 = cRows[r + 1] + cShift;
    int c2 = cRows[r + 2] + cShift;
    int c3 = cRows[r + 3] + cShift;
    int c4 = cRows[r + 4] + cShift;
    int c5 = cRows[r + 5] + cShift;
    s00.intoArray(c, c0);
    s10.intoArray(c, c1);
    s20.intoArray(c, c2);
    s30.intoArray(c, c3);
    s40.intoArray(c, c4);
    s50.intoArray(c, c5);
  }
}
