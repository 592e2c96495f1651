// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import dev.hubble.kernels.Tensor;
import java.util.ArrayList;
import java.util.List;

/// The linear multistep method of Adams and Bashforth for `dx/dσ = ε`, as k-diffusion introduced
/// it: lay a polynomial through the last four directions and walk along its integral.
///
/// ```
/// x' = x + Σ cⱼ εᵢ₋ⱼ      cⱼ = ∫ from σᵢ to σᵢ₊₁ of Π (τ-σᵢ₋ₖ)/(σᵢ₋ⱼ-σᵢ₋ₖ) over k ≠ j
/// ```
///
/// Of fourth order with one look a step. The polynomials are cubic, so Gauss's rule with two points
/// integrates them exactly; diffusers does so numerically, to four digits.
final class Lms extends VarianceExploding {
  static final String NAME = "lms";
  private static final int ORDER = 4;

  /// The latest directions, the latest first.
  private final List<Tensor> history = new ArrayList<>();

  Lms(SchedulerConfig config, Route route) {
    super(NAME, config, Sigmas.of(config, route, new Sigmas.Style(false, false, true)));
  }

  @Override
  double sigma(int call) {
    return sigmas.values()[call];
  }

  @Override
  public Tensor step(int call, Tensor modelOutput, Tensor sample, Noise noise) {
    Tensor direction =
        new WeightedSum()
            .add(1, prediction.noiseAtSigma(sigma(call)), sample, modelOutput)
            .compute();
    history.addFirst(direction);
    if (history.size() > ORDER) {
      history.removeLast();
    }
    var sum = new WeightedSum().add(1, sample);
    for (int j = 0; j < history.size(); j++) {
      sum.add(coefficient(call, j, history.size()), history.get(j));
    }
    return sum.compute();
  }

  /// `cⱼ` at order `order`.
  private double coefficient(int call, int j, int order) {
    double half = (sigma(call + 1) - sigma(call)) / 2;
    double middle = sigma(call) + half;
    double offset = half / Math.sqrt(3);
    return half * (basis(middle - offset, call, j, order) + basis(middle + offset, call, j, order));
  }

  /// Lagrange's polynomial that is 1 at `σᵢ₋ⱼ` and 0 at the others.
  private double basis(double tau, int call, int j, int order) {
    double product = 1;
    for (int k = 0; k < order; k++) {
      if (k != j) {
        product *= (tau - sigma(call - k)) / (sigma(call - j) - sigma(call - k));
      }
    }
    return product;
  }
}
