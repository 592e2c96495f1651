// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import dev.hubble.HubbleException;
import dev.hubble.kernels.Tensor;

/// DPM-Solver++ with a history (Lu et al., 2022, arXiv:2211.01095): "2M" and "3M" by its order, and
/// "2M SDE" with fresh noise at every step.
///
/// With `λ` for time ([LogSnr]) and `h = λ'-λ`, the way from `x` to `x'` is an integral over the
/// pictures `x₀` seen on it, weighted by an exponential. A picture that stays as it is comes out
/// exactly, and differences of the last ones (`D₁`, `D₂`: what a step changes, and the change of
/// that) give the rest:
///
/// ```
/// x' = (σ'/σ) x - α' E x₀ + α' (E/h + 1) D₁ - α' ((E+h)/h² - ½) D₂        E = e⁻ʰ - 1
/// ```
///
/// Taylor's series would ask for twice `D₂`; the authors' own program has it once, and so has every
/// "3M" since. The "midpoint" form of second order has `-½ E` for `E/h + 1`, which differs in the
/// third order. With noise, `h` in these factors becomes `2h`, `x` fades by another `e⁻ʰ`, and `σ'
/// √(1-e⁻²ʰ) z` makes up for it. diffusers has the opposite sign at the `½` of its third order with
/// noise; this follows k-diffusion there.
final class DpmSolver extends LogSnrMultistep {
  /// Below this many steps, the last ones are of lower order: long steps extrapolate badly where
  /// details appear.
  private static final int FEW = 15;

  private final boolean stochastic;
  private final boolean midpoint;
  private final boolean lowerOrderFinal;
  private final boolean firstOrderLast;

  DpmSolver(SchedulerConfig config, Route route) {
    super(name(config), config, Sigmas.of(config, route, style(config)));
    this.stochastic = stochastic(config);
    this.midpoint = !config.text("solver_type", "midpoint").equals("heun");
    this.lowerOrderFinal = config.flag("lower_order_final", true) && steps() < FEW;
    this.firstOrderLast =
        lowerOrderFinal || config.flag("euler_at_final", false) || at(steps()).sigma() == 0;
  }

  private static Sigmas.Style style(SchedulerConfig config) {
    return new Sigmas.Style(
        true,
        !config.text("beta_schedule", "linear").equals("squaredcos_cap_v2"),
        config.text("final_sigmas_type", "zero").equals("zero"));
  }

  private static String name(SchedulerConfig config) {
    return "dpmpp-"
        + config.integer("solver_order", 2)
        + "m"
        + (stochastic(config) ? "-sde" : "")
        + (config.text("solver_type", "midpoint").equals("heun") ? "-heun" : "");
  }

  private static boolean stochastic(SchedulerConfig config) {
    return switch (config.text("algorithm_type", "dpmsolver++")) {
      case "dpmsolver++", "deis" -> false;
      case "sde-dpmsolver++" -> true;
      case String other ->
          throw new HubbleException.Model(
              "scheduler_config.json: algorithm_type is \"%s\", and Hubble supports only dpmsolver++ and sde-dpmsolver++."
                  .formatted(other));
    };
  }

  @Override
  public Tensor step(int call, Tensor modelOutput, Tensor sample, Noise noise) {
    remember(original(call, sample, modelOutput));
    int useful = history.size();
    if (call == steps() - 1 && firstOrderLast) {
      useful = 1;
    } else if (call == steps() - 2 && lowerOrderFinal) {
      useful = Math.min(useful, 2);
    }
    LogSnr from = at(call);
    LogSnr to = at(call + 1);
    double h = to.lambda() - from.lambda();
    double weighted = stochastic ? 2 * h : h;
    if (h == 0) {
      useful = 1; // no step at all, which has no differences
    }
    double e = Math.expm1(-weighted); // -1 where the noise ends, and h is infinite
    double a = to.alpha();
    var sum =
        new WeightedSum()
            .add(to.sigma() / from.sigma() * (stochastic ? Math.exp(-h) : 1), sample)
            .add(-a * e, history.get(0));
    if (useful > 1) {
      double r0 = (from.lambda() - at(call - 1).lambda()) / h;
      double first = midpoint && useful == 2 ? -0.5 * e : e / weighted + 1;
      if (useful == 2) {
        addDifference(sum, a * first / r0, 0);
      } else {
        double r1 = (at(call - 1).lambda() - at(call - 2).lambda()) / h;
        double second = (e + weighted) / (weighted * weighted) - 0.5;
        // D₁ = d₀ + r₀/(r₀+r₁) (d₀-d₁) and D₂ = (d₀-d₁)/(r₀+r₁), with d₀ and d₁ the two differences
        // over their lengths.
        double bend = a * (first * r0 - second) / (r0 + r1);
        addDifference(sum, (a * first + bend) / r0, 0);
        addDifference(sum, -bend / r1, 1);
      }
    }
    if (stochastic) {
      sum.add(to.sigma() * Math.sqrt(-e), noise.get());
    }
    return sum.compute();
  }

  /// Adds `weight` times what changed between the looks `back` and `back + 1` ago.
  private void addDifference(WeightedSum sum, double weight, int back) {
    sum.add(weight, history.get(back)).add(-weight, history.get(back + 1));
  }
}
