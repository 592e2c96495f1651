// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import dev.hubble.kernels.Tensor;

/// Euler's method with fresh noise at every step, as k-diffusion introduced it: a step down to less
/// noise than the next step expects, and the difference drawn anew ([VarianceExploding.Ancestral]).
///
/// ```
/// x' = x + (σ_down - σ) ε + σ_up z
/// ```
///
/// Because it never stops adding noise, more steps lead to another picture, not to a better one.
final class EulerAncestral extends VarianceExploding {
  static final String NAME = "euler-a";

  EulerAncestral(SchedulerConfig config, Route route) {
    super(NAME, config, Sigmas.of(config, route, new Sigmas.Style(false, false, true)));
  }

  @Override
  double sigma(int call) {
    return sigmas.values()[call];
  }

  @Override
  public Tensor step(int call, Tensor modelOutput, Tensor sample, Noise noise) {
    double from = sigma(call);
    Ancestral to = Ancestral.of(from, sigma(call + 1));
    return new WeightedSum()
        .add(1, sample)
        .add(to.down() - from, prediction.noiseAtSigma(from), sample, modelOutput)
        .add(to.up(), noise.get())
        .compute();
  }
}
