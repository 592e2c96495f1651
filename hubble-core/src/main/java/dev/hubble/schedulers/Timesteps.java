// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import dev.hubble.HubbleException;

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
