// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

/// Winograd's input and output transforms in plain Java, as products with small matrices; see
/// [WinogradTile].
final class PlainWinograd {
  // F(4x4)'s points are 0, ±A, ±B and infinity. All numbers below are exact.
  private static final float A = 0.625f;
  private static final float B = 1.5f;

  /// Bᵀ: row i has the coefficients of the polynomial that is zero at all points but the i-th.
  private static final float[][] INPUT_2 = {
    {-1, 0, 1, 0}, {0, 1, 1, 0}, {0, -1, 1, 0}, {0, -1, 0, 1}
  };

  private static final float[][] INPUT_4 = {
    {A * A * B * B, 0, -A * A - B * B, 0, 1, 0},
    {0, -A * B * B, -B * B, A, 1, 0},
    {0, A * B * B, -B * B, -A, 1, 0},
    {0, -A * A * B, -A * A, B, 1, 0},
    {0, A * A * B, -A * A, -B, 1, 0},
    {0, A * A * B * B, 0, -A * A - B * B, 0, 1}
  };

  /// Aᵀ: column i has the powers of the i-th point.
  private static final float[][] OUTPUT_2 = {{1, 1, 1, 0}, {0, 1, -1, 1}};

  private static final float[][] OUTPUT_4 = {
    {1, 1, 1, 1, 1, 0},
    {0, A, -A, B, -B, 0},
    {0, A * A, A * A, B * B, B * B, 0},
    {0, A * A * A, -A * A * A, B * B * B, -B * B * B, 1}
  };

  /// A tile, and what is between the two passes of its transform.
  private static final ThreadLocal<float[][]> TEMPORARY =
      ThreadLocal.withInitial(() -> new float[2][36]);

  private PlainWinograd() {}

  static void input(
      int m,
      float[] x,
      int xAt,
      int xRow,
      int xColumn,
      int channels,
      float[] v,
      int vAt,
      int vPosition) {
    float[][] b = m == 4 ? INPUT_4 : INPUT_2;
    int n = m + 2;
    float[] d = TEMPORARY.get()[0];
    float[] half = TEMPORARY.get()[1];
    for (int c = 0; c < channels; c++) {
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
          d[i * n + j] = x[xAt + i * xRow + j * xColumn + c];
        }
      }
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
          half[i * n + j] = dot(b[i], d, j, n);
        }
      }
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
          v[vAt + (i * n + j) * vPosition + c] = dot(b[j], half, i * n, 1);
        }
      }
    }
  }

  static void output(
      int m,
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
    float[][] a = m == 4 ? OUTPUT_4 : OUTPUT_2;
    int n = m + 2;
    float[] half = TEMPORARY.get()[1];
    for (int c = 0; c < channels; c++) {
      for (int i = 0; i < m; i++) {
        for (int j = 0; j < n; j++) {
          half[i * n + j] = dot(a[i], products, at + j * position + c, n * position);
        }
      }
      for (int i = 0; i < rows; i++) {
        for (int j = 0; j < columns; j++) {
          y[yAt + i * yRow + j * yColumn + c] = dot(a[j], half, i * n, 1) + shift[shiftAt + c];
        }
      }
    }
  }

  /// The product of a row with the numbers from `x[at]` on, `step` apart.
  private static float dot(float[] row, float[] x, int at, int step) {
    float sum = 0;
    for (int k = 0; k < row.length; k++) {
      // Zeros are left out, lest infinity times zero become NaN.
      if (row[k] != 0) {
        sum += row[k] * x[at + k * step];
      }
    }
    return sum;
  }
}
