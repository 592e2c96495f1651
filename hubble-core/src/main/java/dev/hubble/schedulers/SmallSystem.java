// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

/// Solves a few linear equations, by Gauss's elimination with the largest pivot.
public final class SmallSystem {
  private SmallSystem() {}

  /// The `x` with `a x = b`. Both are used up.
  public static double[] solve(double[][] a, double[] b) {
    int n = b.length;
    for (int col = 0; col < n; col++) {
      int pivot = col;
      for (int row = col + 1; row < n; row++) {
        if (Math.abs(a[row][col]) > Math.abs(a[pivot][col])) {
          pivot = row;
        }
      }
      double[] swapped = a[col];
      a[col] = a[pivot];
      a[pivot] = swapped;
      double value = b[col];
      b[col] = b[pivot];
      b[pivot] = value;
      for (int row = 0; row < n; row++) {
        if (row != col) {
          double factor = a[row][col] / a[col][col];
          for (int k = col; k < n; k++) {
            a[row][k] -= factor * a[col][k];
          }
          b[row] -= factor * b[col];
        }
      }
    }
    for (int row = 0; row < n; row++) {
      b[row] /= a[row][row];
    }
    return b;
  }
}
