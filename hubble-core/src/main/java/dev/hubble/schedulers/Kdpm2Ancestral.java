// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import dev.hubble.kernels.Tensor;

/// [Kdpm2] with fresh noise at every step, k-diffusion's `sample_dpm_2_ancestral`: the step leads
/// down to less noise than the next step expects, and the difference is drawn anew
/// ([VarianceExploding.Ancestral]). The look half-way is half-way to there.
final class Kdpm2Ancestral extends TwoStage {
  static final String NAME = "kdpm2-ancestral";
  private final NoiseSchedule schedule;

  Kdpm2Ancestral(SchedulerConfig config, Route route) {
    super(NAME, config, Sigmas.of(config, route, new Sigmas.Style(false, true, true)));
    schedule = NoiseSchedule.of(config);
  }

  private Ancestral ancestral(int step) {
    return Ancestral.of(sigmas.values()[step], sigmas.values()[step + 1]);
  }

  @Override
  double secondLook(int step) {
    return Math.sqrt(sigmas.values()[step] * ancestral(step).down());
  }

  @Override
  double secondTime(int step) {
    return schedule.timeOf(secondLook(step));
  }

  @Override
  Tensor first(int step, double from, Tensor modelOutput, Tensor sample, Noise noise) {
    return euler(from, secondLook(step), modelOutput, sample);
  }

  @Override
  Tensor second(int step, Tensor modelOutput, Tensor start, Tensor seen, Noise noise) {
    Ancestral to = ancestral(step);
    return new WeightedSum()
        .add(1, start)
        .add(
            to.down() - sigmas.values()[step],
            prediction.noiseAtSigma(secondLook(step)),
            seen,
            modelOutput)
        .add(to.up(), noise.get())
        .compute();
  }
}
