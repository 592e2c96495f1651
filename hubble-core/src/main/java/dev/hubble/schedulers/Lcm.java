// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import dev.hubble.HubbleException;
import dev.hubble.kernels.Tensor;

/// Sampling from latent consistency models (Luo et al., 2023, arXiv:2310.04378, algorithm 3): the
/// model was distilled to see the final picture from any time, so each step takes its word for it
/// and adds fresh noise for the next, smaller, time. Four steps will do; with an ordinary model the
/// pictures come out blurred.
///
/// ```
/// f  = c_out x₀ + c_skip x        c_skip = ¼/((10t)²+¼)    c_out = 10t/√((10t)²+¼)
/// x' = √ᾱ' f + √(1-ᾱ') z
/// ```
///
/// The times are taken from the 50 that the model was distilled at.
final class Lcm extends VariancePreserving {
  static final String NAME = "lcm";

  /// The standard deviation of the data that the boundary condition is made for.
  private static final double SIGMA_DATA = 0.5;

  private final double timeScaling;
  private final Clip clip;

  Lcm(SchedulerConfig config, Route route) {
    super(
        NAME,
        config
            .orElse("beta_start", 0.00085)
            .orElse("beta_end", 0.012)
            .orElse("beta_schedule", "scaled_linear"),
        route instanceof Route.Count count
            ? distilled(config, count.steps())
            : route.times(config, "leading", NAME));
    this.timeScaling = config.number("timestep_scaling", 10);
    this.clip = Clip.of(config, false);
  }

  private static int[] distilled(SchedulerConfig config, int steps) {
    int total = config.trainTimesteps();
    Timesteps.checkSteps(steps, total);
    int original = config.integer("original_inference_steps", 50);
    if (original < 1 || original > total) {
      throw new HubbleException.Model(
          "scheduler_config.json: original_inference_steps is %d, and must be between 1 and %d."
              .formatted(original, total));
    }
    if (steps > original) {
      throw new HubbleException.BadRequest(
          "The scheduler lcm makes at most %d steps, the number that the model was distilled at; you asked for %d."
              .formatted(original, steps));
    }
    int[] times = new int[steps];
    for (int i = 0; i < steps; i++) {
      int place = original - (int) ((long) i * original / steps);
      times[i] = place * (total / original) - 1;
    }
    return times;
  }

  @Override
  public Tensor step(int call, Tensor modelOutput, Tensor sample, Noise noise) {
    double a = schedule.alphaBar(times[call]);
    double scaled = times[call] * timeScaling;
    double square = scaled * scaled + SIGMA_DATA * SIGMA_DATA;
    double skip = SIGMA_DATA * SIGMA_DATA / square;
    double out = scaled / Math.sqrt(square);

    boolean last = call == times.length - 1;
    double aNext = last ? 1 : schedule.alphaBar(times[call + 1]);
    var sum = new WeightedSum().add(Math.sqrt(aNext) * skip, sample);
    clip.add(sum, Math.sqrt(aNext) * out, prediction.original(a), sample, modelOutput);
    if (!last) {
      sum.add(Math.sqrt(1 - aNext), noise.get());
    }
    return sum.compute();
  }
}
