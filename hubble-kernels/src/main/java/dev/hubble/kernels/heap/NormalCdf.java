// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.heap;

/// The standard normal distribution function `Φ(x) = (1 + erf(x/√2)) / 2`, to double precision.
public final class NormalCdf {
  private NormalCdf() {}

  /// `Φ(x)`, with a relative error below 1e-13.
  public static double of(double x) {
    double t = Math.abs(x);
    double tail = t < 3 ? 0.5 - series(t) : upperTail(t);
    return Double.isNaN(x) ? Double.NaN : x < 0 ? tail : 1 - tail;
  }

  /// `Φ(t) - 1/2 = φ(t) · (t + t³/3 + t⁵/15 + …)`, whose terms are all positive (Marsaglia, 2004,
  /// "Evaluating the normal distribution").
  private static double series(double t) {
    double term = t;
    double sum = t;
    for (int i = 3; term > sum * 1e-17; i += 2) {
      term *= t * t / i;
      sum += term;
    }
    return sum * density(t);
  }

  /// `1 - Φ(t) = φ(t) / (t + 1/(t + 2/(t + 3/(t + …))))` (Laplace).
  private static double upperTail(double t) {
    double fraction = t;
    for (int i = 120; i >= 1; i--) {
      fraction = t + i / fraction;
    }
    return density(t) / fraction;
  }

  private static double density(double t) {
    return Math.exp(-t * t / 2) / Math.sqrt(2 * Math.PI);
  }
}
