// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import dev.hubble.HubbleException;
import dev.hubble.kernels.Tensor;

/// Denoising diffusion implicit models (Song et al., 2020, arXiv:2010.02502): read the picture and
/// the noise off the UNet's answer, then mix them again with less noise.
///
/// ```
/// x₀ = (x - √(1-ᾱ) ε) / √ᾱ                                       the picture, as far as it is known
/// x' = √ᾱ' x₀ + √(1-ᾱ'-s²) ε + s z                              equation 12, z fresh noise
/// s  = η √((1-ᾱ')/(1-ᾱ)) √(1-ᾱ/ᾱ')                              equation 16
/// ```
///
/// where `'` marks the next, earlier time. With η = 0 nothing is random after the first noise; with
/// η = 1 as much noise is added as in the original DDPM.
final class Ddim extends VariancePreserving {
  static final String NAME = "ddim";

  private final int stride;
  private final double finalAlphaBar;
  private final double eta;
  private final Clip clip;

  /// A run of `steps` steps.
  ///
  /// @param eta from 0 (no noise added) to 1
  Ddim(SchedulerConfig config, int steps, float eta) {
    super(NAME, config, Timesteps.descending(config, steps, "leading"));
    if (!(eta >= 0 && eta <= 1)) {
      throw new HubbleException.BadRequest(
          "Eta must be between 0 and 1; you asked for " + eta + ".");
    }
    this.stride = schedule.trainTimesteps() / steps;
    this.finalAlphaBar = config.flag("set_alpha_to_one", true) ? 1 : schedule.alphaBar(0);
    this.eta = eta;
    this.clip = Clip.of(config, true);
  }

  @Override
  public Tensor step(int call, Tensor modelOutput, Tensor sample, Noise noise) {
    int previous = times[call] - stride;
    double a = schedule.alphaBar(times[call]);
    double aNext = previous >= 0 ? schedule.alphaBar(previous) : finalAlphaBar;
    double s = eta * Math.sqrt((1 - aNext) / (1 - a) * (1 - a / aNext));
    double direction = Math.sqrt(Math.max(0, 1 - aNext - s * s));

    Prediction.Mix x0 = prediction.original(a);
    Prediction.Mix e = prediction.noise(a);
    var sum = new WeightedSum();
    clip.add(sum, Math.sqrt(aNext), x0, sample, modelOutput);
    sum.add(direction, e, sample, modelOutput);
    if (eta > 0) {
      sum.add(s, noise.get());
    }
    return sum.compute();
  }
}
