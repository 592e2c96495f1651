// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import dev.hubble.kernels.Tensor;
import org.jspecify.annotations.Nullable;

/// Heun's method (Karras et al., 2022, arXiv:2206.00364, algorithm 1): make Euler's step, look at
/// where it leads, and make the step again with the mean of both directions.
///
/// ```
/// x₁ = x + (σ'-σ) ε(x, σ)
/// x' = x + (σ'-σ) (ε(x, σ) + ε(x₁, σ')) / 2
/// ```
///
/// Of second order, at twice the price.
final class Heun extends TwoStage {
  static final String NAME = "heun";

  /// The first look's answer as noise.
  private @Nullable Tensor direction;

  Heun(SchedulerConfig config, Route route) {
    super(NAME, config, Sigmas.of(config, route, new Sigmas.Style(false, false, true)));
  }

  @Override
  double secondLook(int step) {
    return sigmas.values()[step + 1];
  }

  @Override
  double secondTime(int step) {
    return sigmas.times()[step + 1];
  }

  @Override
  Tensor first(int step, double from, Tensor modelOutput, Tensor sample, Noise noise) {
    direction =
        new WeightedSum().add(1, prediction.noiseAtSigma(from), sample, modelOutput).compute();
    return euler(from, secondLook(step), modelOutput, sample);
  }

  @Override
  Tensor second(int step, Tensor modelOutput, Tensor start, Tensor seen, Noise noise) {
    double to = secondLook(step);
    double half = (to - sigmas.values()[step]) / 2;
    var sum = new WeightedSum().add(1, start);
    if (direction != null) {
      sum.add(half, direction);
    }
    return sum.add(half, prediction.noiseAtSigma(to), seen, modelOutput).compute();
  }
}
