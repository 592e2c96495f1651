// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

/// What a UNet was trained to answer. With `x = √ᾱ x₀ + √(1-ᾱ) ε` (see [NoiseSchedule]), any of it
/// tells the picture `x₀` and the noise `ε` as weighted sums of the answer and the sample.
enum Prediction {
  /// The noise `ε` (Ho et al., 2020, arXiv:2006.11239).
  EPSILON {
    @Override
    Mix noise(double alphaBar) {
      return new Mix(0, 1);
    }
  },

  /// The velocity `v = √ᾱ ε - √(1-ᾱ) x₀` (Salimans & Ho, 2022, arXiv:2202.00512).
  V_PREDICTION {
    @Override
    Mix noise(double alphaBar) {
      return new Mix(Math.sqrt(1 - alphaBar), Math.sqrt(alphaBar));
    }
  };

  /// `sample` times the sample plus `output` times the UNet's answer.
  record Mix(double sample, double output) {}

  /// The noise in a sample.
  abstract Mix noise(double alphaBar);

  /// The noise in a sample `x₀ + σ ε`, which is the one above divided by `√ᾱ`.
  Mix noiseAtSigma(double sigma) {
    double alphaBar = 1 / (1 + sigma * sigma);
    Mix noise = noise(alphaBar);
    return new Mix(noise.sample() * Math.sqrt(alphaBar), noise.output());
  }

  /// The picture in a sample `x₀ + σ ε`.
  Mix originalAtSigma(double sigma) {
    Mix noise = noiseAtSigma(sigma);
    return new Mix(1 - sigma * noise.sample(), -sigma * noise.output());
  }

  /// The picture in a sample: `x₀ = (x - √(1-ᾱ) ε) / √ᾱ`.
  Mix original(double alphaBar) {
    Mix noise = noise(alphaBar);
    double sigma = Math.sqrt(1 - alphaBar);
    double alpha = Math.sqrt(alphaBar);
    return new Mix((1 - sigma * noise.sample()) / alpha, -sigma * noise.output() / alpha);
  }
}
