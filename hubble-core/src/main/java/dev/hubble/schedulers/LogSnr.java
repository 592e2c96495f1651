// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

/// A place on the way in the measure of the DPM-Solver family: half the logarithm of the ratio of
/// signal to noise, `λ = ln α - ln σ` with `α² + σ² = 1`. Steps of equal length in it change a
/// picture about equally, and the equation can be solved exactly but for one smooth term (Lu et
/// al., 2022, arXiv:2206.00927).
///
/// @param alpha the picture's factor, `√ᾱ`
/// @param sigma the noise's factor, `√(1-ᾱ)`
/// @param lambda infinite where there is no noise
record LogSnr(double alpha, double sigma, double lambda) {
  /// From the size of the noise where the picture's is 1.
  static LogSnr at(double size) {
    double alpha = 1 / Math.sqrt(size * size + 1);
    return new LogSnr(alpha, size * alpha, -Math.log(size));
  }
}
