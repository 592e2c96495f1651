// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import dev.hubble.kernels.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// UniPC (Zhao et al., 2023, arXiv:2302.04867): a predictor of the DPM-Solver family, and a
/// corrector that makes the last step again with what the next look sees. The look is needed
/// anyway, so the correction is free.
///
/// With `h = λ'-λ` ([LogSnr]), `E = e⁻ʰ - 1`, and `Dⱼ` the difference of an earlier picture and the
/// last over its distance `rⱼ` (in steps):
///
/// ```
/// x' = (σ'/σ) x - α' E x₀ - α' B Σ ρⱼ Dⱼ
/// ```
///
/// The `ρⱼ` are such that polynomials come out exactly: they solve `Σ ρⱼ rⱼ^(k-1) = bₖ`. The
/// corrector has one more of them, for the new picture at `r = 1`.
final class UniPc extends LogSnrMultistep {
  static final String NAME = "unipc";

  private final boolean lowerOrderFinal;
  private final boolean bh1;
  private final List<Double> uncorrected;

  /// The order of the last step, and where it began.
  private int lastOrder;

  private @Nullable Tensor lastSample;

  UniPc(SchedulerConfig config, Route route) {
    super(
        NAME,
        config,
        Sigmas.of(
            config,
            route,
            new Sigmas.Style(true, true, config.text("final_sigmas_type", "zero").equals("zero"))));
    this.lowerOrderFinal = config.flag("lower_order_final", true);
    this.bh1 = config.text("solver_type", "bh2").equals("bh1");
    this.uncorrected = config.numbers("disable_corrector");
  }

  @Override
  public Tensor step(int call, Tensor modelOutput, Tensor sample, Noise noise) {
    Tensor picture = original(call, sample, modelOutput);
    Tensor corrected = sample;
    if (lastSample != null && !uncorrected.contains(call - 1.0)) {
      corrected = move(call - 1, lastSample, lastOrder, picture);
    }
    remember(picture);
    lastOrder = Math.min(order, history.size());
    if (lowerOrderFinal) {
      lastOrder = Math.min(lastOrder, steps() - call);
    }
    lastSample = corrected;
    return move(call, corrected, lastOrder, null);
  }

  /// Step `call` from `sample`.
  ///
  /// @param arrived the picture seen where the step leads, if the step is being corrected
  private Tensor move(int call, Tensor sample, int useful, @Nullable Tensor arrived) {
    LogSnr from = at(call);
    LogSnr to = at(call + 1);
    double h = to.lambda() - from.lambda();
    double e = Math.expm1(-h); // -1 where the noise ends
    double b = bh1 ? -h : e;
    Tensor latest = history.getFirst();
    var sum = new WeightedSum().add(to.sigma() / from.sigma(), sample).add(-to.alpha() * e, latest);
    int unknowns = arrived == null ? useful - 1 : useful;
    if (unknowns == 0 || h == 0 || to.sigma() == 0) {
      return sum.compute();
    }
    double[] r = new double[unknowns];
    for (int j = 1; j < useful; j++) {
      r[j - 1] = (at(call - j).lambda() - from.lambda()) / h;
    }
    if (arrived != null) {
      r[unknowns - 1] = 1;
    }
    double[] rho = weights(r, -h, b);
    for (int j = 0; j < unknowns; j++) {
      double weight = -to.alpha() * b * rho[j] / r[j];
      Tensor other = arrived != null && j == unknowns - 1 ? arrived : history.get(j + 1);
      sum.add(weight, other).add(-weight, latest);
    }
    return sum.compute();
  }

  /// The `ρⱼ`. With one unknown, one half is right to the same order, and is what the authors take.
  private static double[] weights(double[] r, double hh, double b) {
    int n = r.length;
    if (n == 1) {
      return new double[] {0.5};
    }
    double[][] powers = new double[n][n];
    double[] right = new double[n];
    double phi = Math.expm1(hh) / hh - 1;
    double factorial = 1;
    for (int k = 0; k < n; k++) {
      for (int j = 0; j < n; j++) {
        powers[k][j] = Math.pow(r[j], k);
      }
      right[k] = phi * factorial / b;
      factorial *= k + 2;
      phi = phi / hh - 1 / factorial;
    }
    return SmallSystem.solve(powers, right);
  }
}
