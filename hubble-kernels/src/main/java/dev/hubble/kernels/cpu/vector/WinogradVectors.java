// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu.vector;

import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromArray;

import dev.hubble.kernels.heap.CacheLine;
import jdk.incubator.vector.VectorSpecies;

/// Winograd's input and output transforms, channels in lanes: the 1-D transform of every column,
/// then of every row of that.
///
/// F(2x2) has the points 0, ±1, ∞; F(4x4) 0, ±a, ±b, ∞ with a = 5/8, b = 3/2, so that every
/// coefficient below is exact.
final class WinogradVectors {
  private static final VectorSpecies<Float> S = Species.FLOAT;
  private static final int LANES = Species.LANES;
  private static final int LINE = CacheLine.FIRST;

  private static final float A = 0.625f;
  private static final float B = 1.5f;
  private static final float A2 = A * A;
  private static final float B2 = B * B;
  private static final float A3 = A * A2;
  private static final float B3 = B * B2;
  private static final float PRODUCT = A2 * B2;
  private static final float SUM = A2 + B2;

  /// Between the two passes of a transform, from the first line on.
  private static final ThreadLocal<float[]> TEMPORARY =
      ThreadLocal.withInitial(() -> CacheLine.array(36 * LANES));

  private WinogradVectors() {}

  static void input4(
      float[] x, int xAt, int xRow, int xColumn, int channels, float[] v, int vAt, int vPosition) {
    float[] t = TEMPORARY.get();
    for (int c = 0; c < channels; c += LANES) {
      for (int j = 0; j < 6; j++) {
        evaluate6(x, xAt + j * xColumn + c, xRow, t, LINE + j * LANES, 6 * LANES);
      }
      for (int i = 0; i < 6; i++) {
        evaluate6(t, LINE + i * 6 * LANES, LANES, v, vAt + i * 6 * vPosition + c, vPosition);
      }
    }
  }

  /// `y = Bᵀ d` for six inputs `step` apart. A row of Bᵀ holds the coefficients of the polynomial
  /// that is zero at all other points; those of +p and -p share their even and odd parts.
  private static void evaluate6(float[] x, int at, int step, float[] y, int into, int yStep) {
    var d0 = fromArray(S, x, at);
    var d1 = fromArray(S, x, at + step);
    var d2 = fromArray(S, x, at + 2 * step);
    var d3 = fromArray(S, x, at + 3 * step);
    var d4 = fromArray(S, x, at + 4 * step);
    var d5 = fromArray(S, x, at + 5 * step);
    var product = broadcast(S, PRODUCT);
    var sum = broadcast(S, -SUM);
    var a2 = broadcast(S, -A2);
    var b2 = broadcast(S, -B2);
    d0.fma(product, d2.fma(sum, d4)).intoArray(y, into);
    var even = d2.fma(b2, d4);
    var odd = d1.fma(b2, d3).mul(A);
    even.add(odd).intoArray(y, into + yStep);
    even.sub(odd).intoArray(y, into + 2 * yStep);
    even = d2.fma(a2, d4);
    odd = d1.fma(a2, d3).mul(B);
    even.add(odd).intoArray(y, into + 3 * yStep);
    even.sub(odd).intoArray(y, into + 4 * yStep);
    d1.fma(product, d3.fma(sum, d5)).intoArray(y, into + 5 * yStep);
  }

  static void input2(
      float[] x, int xAt, int xRow, int xColumn, int channels, float[] v, int vAt, int vPosition) {
    float[] t = TEMPORARY.get();
    for (int c = 0; c < channels; c += LANES) {
      for (int j = 0; j < 4; j++) {
        evaluate4(x, xAt + j * xColumn + c, xRow, t, LINE + j * LANES, 4 * LANES);
      }
      for (int i = 0; i < 4; i++) {
        evaluate4(t, LINE + i * 4 * LANES, LANES, v, vAt + i * 4 * vPosition + c, vPosition);
      }
    }
  }

  /// `y = Bᵀ d` for four inputs.
  private static void evaluate4(float[] x, int at, int step, float[] y, int into, int yStep) {
    var d0 = fromArray(S, x, at);
    var d1 = fromArray(S, x, at + step);
    var d2 = fromArray(S, x, at + 2 * step);
    var d3 = fromArray(S, x, at + 3 * step);
    d2.sub(d0).intoArray(y, into);
    d2.add(d1).intoArray(y, into + yStep);
    d2.sub(d1).intoArray(y, into + 2 * yStep);
    d3.sub(d1).intoArray(y, into + 3 * yStep);
  }

  static void output4(
      float[] products,
      int at,
      int position,
      int channels,
      float[] shift,
      int shiftAt,
      float[] y,
      int yAt,
      int yRow,
      int yColumn,
      int rows,
      int columns) {
    float[] t = TEMPORARY.get(); // [4][6], then the four results of a row
    int z = LINE + 24 * LANES;
    for (int c = 0; c < channels; c += LANES) {
      for (int j = 0; j < 6; j++) {
        interpolate6(products, at + j * position + c, 6 * position, t, LINE + j * LANES, 6 * LANES);
      }
      var added = fromArray(S, shift, shiftAt + c);
      for (int i = 0; i < rows; i++) {
        interpolate6(t, LINE + i * 6 * LANES, LANES, t, z, LANES);
        for (int j = 0; j < columns; j++) {
          fromArray(S, t, z + j * LANES).add(added).intoArray(y, yAt + i * yRow + j * yColumn + c);
        }
      }
    }
  }

  /// `y = Aᵀ m`: the coefficients of the polynomial from its values at six points.
  private static void interpolate6(float[] x, int at, int step, float[] y, int into, int yStep) {
    var m0 = fromArray(S, x, at);
    var m1 = fromArray(S, x, at + step);
    var m2 = fromArray(S, x, at + 2 * step);
    var m3 = fromArray(S, x, at + 3 * step);
    var m4 = fromArray(S, x, at + 4 * step);
    var m5 = fromArray(S, x, at + 5 * step);
    var evenA = m1.add(m2);
    var oddA = m1.sub(m2);
    var evenB = m3.add(m4);
    var oddB = m3.sub(m4);
    m0.add(evenA.add(evenB)).intoArray(y, into);
    oddA.mul(A).add(oddB.mul(B)).intoArray(y, into + yStep);
    evenA.mul(A2).add(evenB.mul(B2)).intoArray(y, into + 2 * yStep);
    oddA.mul(A3).add(oddB.mul(B3)).add(m5).intoArray(y, into + 3 * yStep);
  }

  static void output2(
      float[] products,
      int at,
      int position,
      int channels,
      float[] shift,
      int shiftAt,
      float[] y,
      int yAt,
      int yRow,
      int yColumn,
      int rows,
      int columns) {
    float[] t = TEMPORARY.get(); // [2][4], then the two results of a row
    int z = LINE + 8 * LANES;
    for (int c = 0; c < channels; c += LANES) {
      for (int j = 0; j < 4; j++) {
        interpolate4(products, at + j * position + c, 4 * position, t, LINE + j * LANES, 4 * LANES);
      }
      var added = fromArray(S, shift, shiftAt + c);
      for (int i = 0; i < rows; i++) {
        interpolate4(t, LINE + i * 4 * LANES, LANES, t, z, LANES);
        for (int j = 0; j < columns; j++) {
          fromArray(S, t, z + j * LANES).add(added).intoArray(y, yAt + i * yRow + j * yColumn + c);
        }
      }
    }
  }

  /// `y = Aᵀ m` for four points.
  private static void interpolate4(float[] x, int at, int step, float[] y, int into, int yStep) {
    var m0 = fromArray(S, x, at);
    var m1 = fromArray(S, x, at + step);
    var m2 = fromArray(S, x, at + 2 * step);
    var m3 = fromArray(S, x, at + 3 * step);
    m0.add(m1.add(m2)).intoArray(y, into);
    m1.sub(m2).add(m3).intoArray(y, into + yStep);
  }
}
