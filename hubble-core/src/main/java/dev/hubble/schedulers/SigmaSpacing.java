// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import dev.hubble.HubbleException;

/// How the sizes of the noise fall from the first step to the last. The default follows the times;
/// the others know only both ends. Large steps matter little while all is noise and much when
/// details appear, so all three spend more steps where the noise is small.
enum SigmaSpacing {
  /// Those of the times that the run visits.
  BY_TIME("", ""),

  /// Evenly in `σ^(1/7)` (Karras et al., 2022, arXiv:2206.00364, equation 5).
  KARRAS("use_karras_sigmas", "-karras") {
    @Override
    double at(double part, double max, double min) {
      double from = Math.pow(max, 1 / RHO);
      double to = Math.pow(min, 1 / RHO);
      return Math.pow(from + part * (to - from), RHO);
    }
  },

  /// Evenly in `ln σ`.
  EXPONENTIAL("use_exponential_sigmas", "-exponential") {
    @Override
    double at(double part, double max, double min) {
      double from = Math.log(max);
      return Math.exp(from + part * (Math.log(min) - from));
    }
  },

  /// At the quantiles of the beta distribution with both parameters 0.6, which crowds both ends
  /// (Lee et al., 2024, "Beta sampling is all you need", arXiv:2407.12173).
  BETA("use_beta_sigmas", "-beta") {
    @Override
    double at(double part, double max, double min) {
      return min + BetaQuantile.of(1 - part, 0.6) * (max - min);
    }
  };

  private static final double RHO = 7;

  /// The key in a configuration, and the end of a scheduler's name, that ask for this one.
  private final String key;

  private final String suffix;

  SigmaSpacing(String key, String suffix) {
    this.key = key;
    this.suffix = suffix;
  }

  String suffix() {
    return suffix;
  }

  /// What the configuration asks for.
  static SigmaSpacing of(SchedulerConfig config) {
    SigmaSpacing chosen = BY_TIME;
    for (SigmaSpacing spacing : values()) {
      if (spacing != BY_TIME && config.flag(spacing.key, false)) {
        if (chosen != BY_TIME) {
          throw new HubbleException.Model(
              "scheduler_config.json: both %s and %s are true.".formatted(chosen.key, spacing.key));
        }
        chosen = spacing;
      }
    }
    return chosen;
  }

  /// `config` with this spacing and no other.
  SchedulerConfig in(SchedulerConfig config) {
    for (SigmaSpacing spacing : values()) {
      if (spacing != BY_TIME) {
        config = config.with(spacing.key, spacing == this);
      }
    }
    return config;
  }

  /// The size at `part` of the way (0 to 1) from `max` to `min`.
  double at(double part, double max, double min) {
    throw new UnsupportedOperationException(name());
  }

  /// `n` sizes from `max` to `min`.
  double[] between(double max, double min, int n) {
    double[] sigmas = new double[n];
    for (int i = 0; i < n; i++) {
      sigmas[i] = at(n == 1 ? 0 : i / (n - 1.0), max, min);
    }
    return sigmas;
  }
}
