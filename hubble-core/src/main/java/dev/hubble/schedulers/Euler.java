// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import dev.hubble.kernels.Tensor;

/// Euler's method for `dx/dσ = ε` (Karras et al., 2022, arXiv:2206.00364, algorithm 2 without
/// churn): walk straight on in the direction of the noise, `x' = x + (σ'-σ) ε`.
///
/// The same line as DDIM's, whose formula this is in other coordinates; only the times differ.
final class Euler extends VarianceExploding {
  static final String NAME = "euler";

  Euler(SchedulerConfig config, Route route) {
    super(
        NAME,
        config,
        Sigmas.of(
            config,
            route,
            new Sigmas.Style(
                false, false, config.text("final_sigmas_type", "zero").equals("zero"))));
  }

  @Override
  double sigma(int call) {
    return sigmas.values()[call];
  }

  @Override
  public Tensor step(int call, Tensor modelOutput, Tensor sample, Noise noise) {
    double from = sigma(call);
    double to = sigma(call + 1);
    return new WeightedSum()
        .add(1, sample)
        .add(to - from, prediction.noiseAtSigma(from), sample, modelOutput)
        .compute();
  }
}
