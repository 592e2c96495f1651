// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import dev.hubble.HubbleException;

/// The steps of a run by the size of the noise: `σ = √((1-ᾱ)/ᾱ)`, where the picture's size is 1. In
/// this measure the picture loses noise by subtraction alone, `x = x₀ + σ ε`, and the differential
/// equation of diffusion is `dx/dσ = ε` (Karras et al., 2022, arXiv:2206.00364).
///
/// The sizes are rounded to float, as in diffusers; what is computed from them is not.
///
/// @param times the time of each step, which may lie between two whole ones
/// @param values the size before each step, and after the last
// Never compared, and never handed out of this package.
@SuppressWarnings("ArrayRecordComponent")
record Sigmas(double[] times, float[] values) {

  /// What a run starts from and ends at.
  ///
  /// @param whole times are whole numbers, and one more of them than steps is spread over the
  ///   training, so that the last step ends where the last of them would be (the DPM-Solver
  ///   family); otherwise they are spread from the first to the last, and may lie between whole
  ///   ones
  /// @param round times that follow from [SigmaSpacing#KARRAS] are rounded, too
  /// @param toZero whether the last step takes all noise away, or leaves that of the first time
  record Style(boolean whole, boolean round, boolean toZero) {}

  static Sigmas of(SchedulerConfig config, Route route, Style style) {
    NoiseSchedule schedule = NoiseSchedule.of(config);
    SigmaSpacing spacing = SigmaSpacing.of(config);
    if (!(route instanceof Route.Count) && spacing != SigmaSpacing.BY_TIME) {
      throw new HubbleException.BadRequest(
          "Either a list of times or sigmas, or sigmas%s: not both.".formatted(spacing.suffix()));
    }
    double[] times =
        switch (route) {
          case Route.Count count ->
              style.whole()
                  ? Timesteps.oneMore(config, count.steps())
                  : Timesteps.fractional(config, count.steps());
          case Route.Times list -> Timesteps.toDoubles(Timesteps.custom(config, list.times()));
          case Route.Sigmas _ -> new double[route.steps()];
        };
    int n = times.length;
    double[] sigmas = new double[n];
    for (int i = 0; i < n; i++) {
      sigmas[i] =
          route instanceof Route.Sigmas list
              ? list.sigmas().get(i)
              : schedule.sigmaBetween(times[i]);
    }
    if (spacing != SigmaSpacing.BY_TIME) {
      int end = schedule.trainTimesteps() - 1;
      double max = config.number("sigma_max", style.whole() ? schedule.sigma(end) : sigmas[0]);
      double min = config.number("sigma_min", style.whole() ? schedule.sigma(0) : sigmas[n - 1]);
      sigmas = spacing.between(max, min, n);
    }
    if (spacing != SigmaSpacing.BY_TIME || route instanceof Route.Sigmas) {
      for (int i = 0; i < n; i++) {
        double time = schedule.timeOf(sigmas[i]);
        if (style.round() && spacing != SigmaSpacing.EXPONENTIAL && spacing != SigmaSpacing.BETA) {
          times[i] = Math.rint(time);
        } else {
          // What is to be whole and is not rounded is cut off, as diffusers does.
          times[i] = style.whole() ? Math.floor(time) : time;
        }
      }
    }
    float[] values = new float[n + 1];
    for (int i = 0; i < n; i++) {
      values[i] = (float) sigmas[i];
    }
    if (!style.toZero() && !(route instanceof Route.Sigmas)) {
      // A spacing of several steps has arrived there already.
      values[n] = spacing == SigmaSpacing.BY_TIME || n == 1 ? schedule.sigma(0) : values[n - 1];
    }
    checkFalling(values, times);
    return new Sigmas(times, values);
  }

  /// Two steps at the same size have no direction between them. After the last, that means only
  /// that nothing is left to do.
  private static void checkFalling(float[] values, double[] times) {
    for (int i = 1; i < times.length; i++) {
      if (!(values[i] < values[i - 1])) {
        throw new HubbleException.BadRequest(
            "%d steps would visit time %.0f twice; ask for fewer steps."
                .formatted(times.length, times[i]));
      }
    }
  }

  int steps() {
    return times.length;
  }
}
