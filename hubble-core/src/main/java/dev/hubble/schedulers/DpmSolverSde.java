// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import dev.hubble.kernels.Tensor;
import org.jspecify.annotations.Nullable;

/// DPM-Solver++ of second order for the stochastic equation, two looks a step (Lu et al., 2022,
/// arXiv:2211.01095; k-diffusion's `sample_dpmpp_sde`).
///
/// Both looks move from the step's start, the first half-way in `ln σ`, the second all of the way,
/// by the exact solution for a picture `x₀` that stays the same:
///
/// ```
/// x' = (σ_down/σ) x + (1 - σ_down/σ) x₀ + σ_up W(σ, σ')
/// ```
///
/// The noise `W` must not be two independent draws: half of the way is part of the whole, so both
/// come from one [BrownianTree]. Its seed is the picture's own, as in AUTOMATIC1111's web UI;
/// diffusers draws it from a global generator unless `noise_sampler_seed` is set.
final class DpmSolverSde extends TwoStage {
  static final String NAME = "dpmpp-sde";
  private final NoiseSchedule schedule;
  private @Nullable BrownianTree tree;

  DpmSolverSde(SchedulerConfig config, Route route) {
    super(NAME, config, Sigmas.of(config, route, new Sigmas.Style(false, false, true)));
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

  @Override
  Tensor first(int step, double from, Tensor modelOutput, Tensor sample, Noise noise) {
    double to = sigmas.values()[step + 1];
    return to == 0
        ? euler(from, 0, modelOutput, sample)
        : move(step, secondLook(step), from, modelOutput, sample, sample, noise);
  }

  @Override
  Tensor second(int step, Tensor modelOutput, Tensor start, Tensor seen, Noise noise) {
    return move(step, sigmas.values()[step + 1], secondLook(step), modelOutput, start, seen, noise);
  }

  /// @param to where the move ends
  /// @param seenSigma the size of the noise in `seen`, which the UNet answered to
  private Tensor move(
      int step,
      double to,
      double seenSigma,
      Tensor modelOutput,
      Tensor start,
      Tensor seen,
      Noise noise) {
    double from = sigmas.values()[step];
    Ancestral part = Ancestral.of(from, to);
    double keep = part.down() / from;
    return new WeightedSum()
        .add(keep, start)
        .add(1 - keep, prediction.originalAtSigma(seenSigma), seen, modelOutput)
        .add(part.up(), tree(noise).noise(from, to))
        .compute();
  }

  private BrownianTree tree(Noise noise) {
    if (tree == null) {
      float[] values = sigmas.values();
      tree = new BrownianTree(values[values.length - 2], values[0], noise);
    }
    return tree;
  }
}
