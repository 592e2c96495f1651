// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import dev.hubble.kernels.Tensor;

/// DPM-Solver-2 (Lu et al., 2022, arXiv:2206.00927, algorithm 1) in the form of k-diffusion's
/// `sample_dpm_2`: walk half of the way, look there, and make the whole step in that direction.
///
/// ```
/// x₁ = x + (σ_mid-σ) ε(x, σ)          σ_mid = √(σ σ'), half-way in ln σ
/// x' = x + (σ'-σ) ε(x₁, σ_mid)
/// ```
final class Kdpm2 extends TwoStage {
  static final String NAME = "kdpm2";
  private final NoiseSchedule schedule;

  Kdpm2(SchedulerConfig config, Route route) {
    super(NAME, config, Sigmas.of(config, route, new Sigmas.Style(false, true, true)));
    schedule = NoiseSchedule.of(config);
  }

  @Override
  double secondLook(int step) {
    double from = sigmas.values()[step];
    double to = sigmas.values()[step + 1];
    return Math.sqrt(from * to);
  }

  @Override
  double secondTime(int step) {
    return schedule.timeOf(secondLook(step));
  }

  /// After the last step nothing is half-way: `√(σ·0)` is the end itself.
  @Override
  Tensor first(int step, double from, Tensor modelOutput, Tensor sample, Noise noise) {
    return euler(from, secondLook(step), modelOutput, sample);
  }

  @Override
  Tensor second(int step, Tensor modelOutput, Tensor start, Tensor seen, Noise noise) {
    double whole = (double) sigmas.values()[step + 1] - sigmas.values()[step];
    return new WeightedSum()
        .add(1, start)
        .add(whole, prediction.noiseAtSigma(secondLook(step)), seen, modelOutput)
        .compute();
  }
}
