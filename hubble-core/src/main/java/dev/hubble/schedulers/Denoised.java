// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import dev.hubble.kernels.Tensor;

/// What the UNet believes is below the noise, whatever the scheduler: it always sees a sample `√ᾱ
/// x₀ + √(1-ᾱ) ε` ([Scheduler#scaleModelInput] takes care of that), and its answer tells `x₀`.
public final class Denoised {
  private final NoiseSchedule schedule;
  private final Prediction prediction;

  /// For a model with this `scheduler_config.json`.
  public Denoised(SchedulerConfig config) {
    this.schedule = NoiseSchedule.of(config);
    this.prediction = config.prediction();
  }

  /// The picture's latents `x₀`.
  ///
  /// @param seen what the UNet saw
  /// @param answer what it said, guidance included
  /// @param time of the call; it may lie between two whole ones
  public Tensor of(Tensor seen, Tensor answer, float time) {
    double sigma = schedule.sigmaBetween(time);
    Prediction.Mix mix = prediction.original(1 / (1 + sigma * sigma));
    return new WeightedSum().add(mix.sample(), seen).add(mix.output(), answer).compute();
  }
}
