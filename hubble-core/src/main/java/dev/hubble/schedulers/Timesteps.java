// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import dev.hubble.HubbleException;
import java.util.Arrays;
import java.util.List;

/// Which `n` of the `N` times of the training a run visits, in whole numbers (Lin et al., 2023,
/// arXiv:2305.08891, table 2).
final class Timesteps {
  private Timesteps() {}

  /// The times from the latest to the earliest.
  ///
  /// @param spacing what applies if the configuration does not say
  static int[] descending(SchedulerConfig config, int steps, String spacing) {
    int total = config.trainTimesteps();
    checkSteps(steps, total);
    int[] times =
        switch (config.text("timestep_spacing", spacing)) {
          case "leading" -> leading(total, steps, config.integer("steps_offset", 0));
          case "linspace" -> linspace(total, steps);
          case "trailing" -> trailing(total, steps);
          case String other ->
              throw new HubbleException.Model(
                  "scheduler_config.json: timestep_spacing is \"" + other + "\".");
        };
    for (int t : times) {
      checkTime(t, steps, total);
    }
    return times;
  }

  /// The times that someone chose.
  static int[] custom(SchedulerConfig config, List<Integer> chosen) {
    int[] times = new int[chosen.size()];
    for (int i = 0; i < times.length; i++) {
      times[i] = chosen.get(i);
      if (times[i] < 0 || times[i] >= config.trainTimesteps()) {
        throw new HubbleException.BadRequest(
            "The model was trained at times 0 to %d, not at %d."
                .formatted(config.trainTimesteps() - 1, times[i]));
      }
    }
    return times;
  }

  /// As [#descending] where Euler's scheduler and its like put them: "linspace" is not rounded, and
  /// it is the default.
  static double[] fractional(SchedulerConfig config, int steps) {
    int total = config.trainTimesteps();
    if (!config.text("timestep_spacing", "linspace").equals("linspace")) {
      return toDoubles(descending(config, steps, "linspace"));
    }
    checkSteps(steps, total);
    double[] times = new double[steps];
    double step = (total - 1) / (double) Math.max(1, steps - 1);
    for (int i = 0; i < steps; i++) {
      times[steps - 1 - i] = (float) (i * step);
    }
    return times;
  }

  /// As [#descending] where the DPM-Solver family puts them: one time more is made, and the
  /// earliest of them is left out, for there the run has already arrived.
  static double[] oneMore(SchedulerConfig config, int steps) {
    int total = config.trainTimesteps();
    checkSteps(steps, total);
    int[] times =
        switch (config.text("timestep_spacing", "linspace")) {
          case "leading" ->
              Arrays.copyOf(leading(total, steps + 1, config.integer("steps_offset", 0)), steps);
          case "linspace" -> Arrays.copyOf(linspace(total, steps + 1), steps);
          default -> descending(config, steps, "linspace");
        };
    for (int t : times) {
      checkTime(t, steps, total);
    }
    return toDoubles(times);
  }

  static double[] toDoubles(int[] times) {
    return Arrays.stream(times).asDoubleStream().toArray();
  }

  static float[] toFloats(double[] times) {
    float[] floats = new float[times.length];
    for (int i = 0; i < times.length; i++) {
      floats[i] = (float) times[i];
    }
    return floats;
  }

  /// Refuses a number of steps that no spacing can make.
  static void checkSteps(int steps, int total) {
    if (steps < 1 || steps > total) {
      throw new HubbleException.BadRequest(
          "Steps must be between 1 and "
              + total
              + ", the number of times that the model was trained at; you asked for "
              + steps
              + ".");
    }
  }

  /// Refuses a time that the model was not trained at, which an offset can lead to.
  static void checkTime(int t, int steps, int total) {
    if (t < 0 || t >= total) {
      throw new HubbleException.BadRequest(
          steps
              + " steps would visit time "
              + t
              + ", and the model was trained at times 0 to "
              + (total - 1)
              + "; ask for fewer steps.");
    }
  }

  static float[] toFloats(int[] times) {
    float[] floats = new float[times.length];
    for (int i = 0; i < times.length; i++) {
      floats[i] = times[i];
    }
    return floats;
  }

  /// Multiples of `N div n`, moved by `offset`: starts a little below the last time.
  private static int[] leading(int total, int steps, int offset) {
    int[] times = new int[steps];
    for (int i = 0; i < steps; i++) {
      times[steps - 1 - i] = i * (total / steps) + offset;
    }
    return times;
  }

  /// Evenly from the last time to the first, both included.
  private static int[] linspace(int total, int steps) {
    int[] times = new int[steps];
    double step = (total - 1) / (double) Math.max(1, steps - 1);
    for (int i = 0; i < steps; i++) {
      times[steps - 1 - i] = (int) Math.rint(i * step);
    }
    return times;
  }

  /// Back from the last time in equal strides, the first time left out.
  private static int[] trailing(int total, int steps) {
    int[] times = new int[steps];
    // The stride that numpy.arange takes: the difference of its first two values.
    double stride = (total - (double) total / steps) - total;
    for (int i = 0; i < steps; i++) {
      times[i] = (int) Math.rint(total + i * stride) - 1;
    }
    return times;
  }
}
