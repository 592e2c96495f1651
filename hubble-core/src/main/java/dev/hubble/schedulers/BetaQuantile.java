// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

/// The quantile function of the symmetric beta distribution.
///
/// Its density is proportional to `(x(1-x))^(a-1)`. Expanding `(1-x)^(a-1)` into its binomial
/// series and integrating term by term (DLMF 8.17.7) gives, up to a constant factor,
///
/// ```
/// B(x) = x^a Σ (1-a)(2-a)...(n-a) / n! · xⁿ / (a+n)
/// ```
///
/// which halves its terms at every n for `x <= 1/2`. The other half follows from the symmetry, and
/// so does the constant: `B(1/2)` is half of all.
final class BetaQuantile {
  private BetaQuantile() {}

  /// The `x` below which a share `p` of the distribution lies.
  static double of(double p, double a) {
    if (p > 0.5) {
      return 1 - of(1 - p, a);
    }
    double target = 2 * p * incomplete(0.5, a);
    double low = 0;
    double high = 0.5;
    // Bisection: 60 halvings leave nothing of a double's 53 bits.
    for (int i = 0; i < 60; i++) {
      double middle = (low + high) / 2;
      if (incomplete(middle, a) < target) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return p == 0 ? 0 : (low + high) / 2;
  }

  private static double incomplete(double x, double a) {
    double sum = 0;
    double term = 1;
    for (int n = 0; n < 60; n++) {
      sum += term / (a + n);
      term *= (n + 1 - a) / (n + 1) * x;
    }
    return Math.pow(x, a) * sum;
  }
}
