// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import dev.hubble.kernels.Tensor;

/// The diffusion exponential integrator sampler (Zhang & Chen, 2022, arXiv:2204.13902) in its form
/// "log ρ": lay a polynomial in `ln ρ` (`ρ = σ/α`) through the last answers and integrate it over
/// the step.
///
/// ```
/// x' = α' (x/α + Σ εⱼ ∫ from ρ to ρ' of Lⱼ(ln r) dr)
/// ```
///
/// `Lⱼ` is Lagrange's polynomial that is 1 at the j-th of the last places and 0 at the others. With
/// `u = ln r` the integral is one of a polynomial times `eᵘ`, by parts: `∫ p eᵘ du = (p - p' + p''
/// - ...) eᵘ`.
final class Deis extends LogSnrMultistep {
  static final String NAME = "deis";
  private static final int FEW = 15;
  private final boolean lowerOrderFinal;

  Deis(SchedulerConfig config, Route route) {
    super(NAME, config, Sigmas.of(config, route, new Sigmas.Style(true, true, false)));
    this.lowerOrderFinal = config.flag("lower_order_final", true) && steps() < FEW;
  }

  @Override
  public Tensor step(int call, Tensor modelOutput, Tensor sample, Noise noise) {
    LogSnr from = at(call);
    remember(
        new WeightedSum()
            .add(1, prediction.noise(from.alpha() * from.alpha()), sample, modelOutput)
            .compute());
    int useful = history.size();
    if (lowerOrderFinal) {
      useful = Math.min(useful, steps() - call);
    }
    LogSnr to = at(call + 1);
    var sum = new WeightedSum().add(to.alpha() / from.alpha(), sample);
    for (int j = 0; j < useful; j++) {
      double area =
          integral(-to.lambda(), call, j, useful) - integral(-from.lambda(), call, j, useful);
      sum.add(to.alpha() * area, history.get(j));
    }
    return sum.compute();
  }

  /// `∫ Lⱼ(u) eᵘ du` at `u`, for up to three places; `ln ρ = -λ`. At `u = -∞`, the end of all
  /// noise, it is 0.
  private double integral(double u, int call, int j, int places) {
    if (u == Double.NEGATIVE_INFINITY) {
      return 0;
    }
    // L = p and its derivatives: a product of (u - uₖ)/(uⱼ - uₖ).
    double value = 1;
    double slope = 0;
    double curvature = 0;
    for (int k = 0; k < places; k++) {
      if (k != j) {
        double scale = 1 / (at(call - k).lambda() - at(call - j).lambda());
        double factor = (u + at(call - k).lambda()) * scale;
        curvature = curvature * factor + 2 * slope * scale;
        slope = slope * factor + value * scale;
        value *= factor;
      }
    }
    return (value - slope + curvature) * Math.exp(u);
  }
}
