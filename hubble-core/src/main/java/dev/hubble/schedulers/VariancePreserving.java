// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import dev.hubble.kernels.Tensor;

/// What the schedulers have in common that see diffusion as `x = √ᾱ x₀ + √(1-ᾱ) ε`: the picture
/// fades as the noise comes up, so that the variance stays 1 (Song et al., 2020, arXiv:2011.13456).
/// They visit whole times, and the UNet sees their samples as they are.
abstract class VariancePreserving implements Scheduler {
  final NoiseSchedule schedule;
  final Prediction prediction;

  /// The time of each call.
  final int[] times;

  private final String name;

  VariancePreserving(String name, SchedulerConfig config, int[] times) {
    this.name = name;
    this.schedule = NoiseSchedule.of(config);
    this.prediction = config.prediction();
    this.times = times;
  }

  @Override
  public final String name() {
    return name;
  }

  @Override
  public final float[] timesteps() {
    return Timesteps.toFloats(times);
  }

  @Override
  public final float initNoiseSigma() {
    return 1;
  }

  @Override
  public final Tensor addNoise(Tensor picture, Tensor noise, int call) {
    return schedule.addNoise(picture, noise, times[call]);
  }
}
