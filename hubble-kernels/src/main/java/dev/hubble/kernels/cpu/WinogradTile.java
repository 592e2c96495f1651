// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

/// The sizes and filter transforms of Winograd's minimal filtering (Lavin & Gray, 2015,
/// arXiv:1509.09308): `m x m` outputs of a 3x3 filter from `n x n` inputs, `n = m + 2`, with n²
/// multiplications for each pair of channels instead of 9·m².
///
/// `Y = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A`: filter g and inputs d are polynomials, evaluated at n points,
/// multiplied there, and the product is interpolated. The last point is infinity.
enum WinogradTile {
  /// 16 multiplications instead of 36. With the points 0 and ±1 the transforms only add, and the
  /// result is nearer the truth than the plain sum, as each product is summed over fewer terms.
  F2(2),
  /// 36 multiplications instead of 144. The usual points 0, ±1, ±2 raise rounding errors: this far
  /// apart, their powers differ in size. By a model of the errors 0, ±5/8, ±3/2, which have few
  /// bits too, make them 0.44 times as large, and those of the worst output a quarter. Barabasz et
  /// al. (2018, arXiv:1803.10986) search for such points.
  F4(4);

  /// Outputs per side.
  final int m;

  /// Inputs per side.
  final int n;

  WinogradTile(int m) {
    this.m = m;
    this.n = m + 2;
  }

  /// How many products there are: n².
  int positions() {
    return n * n;
  }

  /// G, `[n][3]`: row i is `1, p, p²` over the product of p's distances to the other points.
  double[][] filter() {
    double[] points =
        switch (this) {
          case F2 -> new double[] {0, 1, -1};
          case F4 -> new double[] {0, 0.625, -0.625, 1.5, -1.5};
        };
    double[][] g = new double[n][];
    for (int i = 0; i < points.length; i++) {
      double p = points[i];
      double distances = 1;
      for (double other : points) {
        distances *= other == p ? 1 : p - other;
      }
      g[i] = new double[] {1 / distances, p / distances, p * p / distances};
    }
    g[n - 1] = new double[] {0, 0, 1};
    return g;
  }
}
