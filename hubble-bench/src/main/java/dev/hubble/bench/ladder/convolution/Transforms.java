// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder.convolution;

/// The matrices of Winograd's minimal filtering (Lavin & Gray, 2015, arXiv:1509.09308): `Y = Aᵀ [(G
/// g Gᵀ) ⊙ (Bᵀ d B)] A` gives `m x m` outputs of a 3x3 filter g from `n x n` inputs d, `n = m + 2`.
///
/// @param inputs Bᵀ, `[n][n]`
/// @param filter G, `[n][3]`
/// @param outputs Aᵀ, `[m][n]`
record Transforms(float[][] inputs, double[][] filter, float[][] outputs) {
  /// F(2x2,3x3): 16 products instead of 36.
  static final Transforms F2 =
      new Transforms(
          new float[][] {{1, 0, -1, 0}, {0, 1, 1, 0}, {0, -1, 1, 0}, {0, 1, 0, -1}},
          new double[][] {{1, 0, 0}, {.5, .5, .5}, {.5, -.5, .5}, {0, 0, 1}},
          new float[][] {{1, 1, 1, 0}, {0, 1, -1, -1}});

  /// F(4x4,3x3): 36 products instead of 144, at the points of the paper, 0, ±1 and ±2.
  static final Transforms F4 =
      new Transforms(
          new float[][] {
            {4, 0, -5, 0, 1, 0},
            {0, -4, -4, 1, 1, 0},
            {0, 4, -4, -1, 1, 0},
            {0, -2, -1, 2, 1, 0},
            {0, 2, -1, -2, 1, 0},
            {0, 4, 0, -5, 0, 1}
          },
          new double[][] {
            {1 / 4., 0, 0},
            {-1 / 6., -1 / 6., -1 / 6.},
            {-1 / 6., 1 / 6., -1 / 6.},
            {1 / 24., 1 / 12., 1 / 6.},
            {1 / 24., -1 / 12., 1 / 6.},
            {0, 0, 1}
          },
          new float[][] {
            {1, 1, 1, 1, 1, 0}, {0, 1, -1, 2, -2, 0}, {0, 1, 1, 4, 4, 0}, {0, 1, -1, 8, -8, 1}
          });

  /// Outputs per side of a tile.
  int m() {
    return outputs.length;
  }

  /// Inputs per side of a tile.
  int n() {
    return inputs.length;
  }

  /// `M d Mᵀ` for every channel: `from` holds the elements of d, each a run of `channels` numbers;
  /// element (i,j) begins at `at + i·row + j·column`. The result's element (i,j) goes to
  /// `into[intoAt + i·intoRow + j·intoColumn]`.
  static void apply(
      float[][] matrix,
      float[] from,
      int at,
      int row,
      int column,
      int channels,
      float[] half,
      float[] into,
      int intoAt,
      int intoRow,
      int intoColumn) {
    int n = matrix[0].length;
    for (int i = 0; i < matrix.length; i++) {
      for (int j = 0; j < n; j++) {
        combine(matrix[i], from, at + j * column, row, channels, half, (i * n + j) * channels);
      }
    }
    for (int i = 0; i < matrix.length; i++) {
      for (int j = 0; j < matrix.length; j++) {
        combine(
            matrix[j],
            half,
            i * n * channels,
            channels,
            channels,
            into,
            intoAt + i * intoRow + j * intoColumn);
      }
    }
  }

  /// A weighted sum of runs that are `step` apart. The compiler makes vectors of the inner loop.
  private static void combine(
      float[] weights, float[] x, int at, int step, int channels, float[] y, int yAt) {
    boolean first = true;
    for (int i = 0; i < weights.length; i++) {
      float weight = weights[i];
      int xAt = at + i * step;
      if (weight == 0) {
        continue;
      }
      if (first) {
        for (int c = 0; c < channels; c++) {
          y[yAt + c] = weight * x[xAt + c];
        }
      } else {
        for (int c = 0; c < channels; c++) {
          y[yAt + c] += weight * x[xAt + c];
        }
      }
      first = false;
    }
  }
}
