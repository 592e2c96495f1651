// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import dev.hubble.HubbleException;
import dev.hubble.kernels.Tensor;

/// Denoising diffusion probabilistic models (Ho et al., 2020, arXiv:2006.11239): draw the sample
/// before from its distribution, given this sample and the picture that it seems to show.
///
/// ```
/// x' = √ᾱ' β/(1-ᾱ) x₀ + √α (1-ᾱ')/(1-ᾱ) x + √(β (1-ᾱ')/(1-ᾱ)) z        equation 7
/// ```
///
/// with `α = ᾱ/ᾱ'` and `β = 1-α` over the whole stride. Made for a thousand steps.
final class Ddpm extends VariancePreserving {
  static final String NAME = "ddpm";

  private final Clip clip;

  Ddpm(SchedulerConfig config, Route route) {
    super(NAME, config, route.times(config, "leading", NAME));
    this.clip = Clip.of(config, true);
    String variance = config.text("variance_type", "fixed_small");
    if (!variance.equals("fixed_small")) {
      throw new HubbleException.Model(
          "scheduler_config.json: variance_type is \"%s\", and Hubble supports only fixed_small."
              .formatted(variance));
    }
  }

  @Override
  public Tensor step(int call, Tensor modelOutput, Tensor sample, Noise noise) {
    double a = schedule.alphaBar(times[call]);
    double aNext = call + 1 < times.length ? schedule.alphaBar(times[call + 1]) : 1;
    double alpha = a / aNext;
    double beta = 1 - alpha;
    var sum = new WeightedSum().add(Math.sqrt(alpha) * (1 - aNext) / (1 - a), sample);
    clip.add(sum, Math.sqrt(aNext) * beta / (1 - a), prediction.original(a), sample, modelOutput);
    if (times[call] > 0) {
      // The least that diffusers adds is too little to see, and is drawn all the same.
      sum.add(Math.sqrt(Math.max((1 - aNext) / (1 - a) * beta, 1e-20)), noise.get());
    }
    return sum.compute();
  }
}
