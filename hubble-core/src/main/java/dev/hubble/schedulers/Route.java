// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import dev.hubble.HubbleException;
import java.util.List;

/// How the way from noise to picture is cut into steps.
public sealed interface Route {
  /// Into this many steps, spaced as the model's configuration says.
  record Count(int steps) implements Route {}

  /// At these times of the training, from the latest to the earliest: AYS and other schedules that
  /// somebody optimised.
  record Times(List<Integer> times) implements Route {
    public Times {
      times = List.copyOf(times);
      if (times.isEmpty()) {
        throw new HubbleException.BadRequest("The list of times is empty.");
      }
      for (int i = 1; i < times.size(); i++) {
        if (times.get(i) >= times.get(i - 1)) {
          throw new HubbleException.BadRequest(
              "Times must fall from step to step; %d comes after %d."
                  .formatted(times.get(i), times.get(i - 1)));
        }
      }
    }
  }

  /// At these sizes of the noise (where the picture's is 1), from the largest to 0.
  record Sigmas(List<Double> sigmas) implements Route {
    public Sigmas {
      sigmas = List.copyOf(sigmas);
      if (sigmas.size() < 2 || sigmas.getLast() != 0) {
        throw new HubbleException.BadRequest("The list of sigmas must end with 0.");
      }
      for (int i = 0; i + 1 < sigmas.size(); i++) {
        if (!(Double.isFinite(sigmas.get(i)) && sigmas.get(i) > sigmas.get(i + 1))) {
          throw new HubbleException.BadRequest(
              "Sigmas must fall from step to step; %s comes before %s."
                  .formatted(sigmas.get(i), sigmas.get(i + 1)));
        }
      }
    }
  }

  /// The number of steps.
  default int steps() {
    return switch (this) {
      case Count count -> count.steps();
      case Times list -> list.times().size();
      case Sigmas list -> list.sigmas().size() - 1;
    };
  }

  /// The whole times that this visits, for a scheduler that knows no sigmas.
  default int[] times(SchedulerConfig config, String spacing, String scheduler) {
    return switch (this) {
      case Count count -> Timesteps.descending(config, count.steps(), spacing);
      case Times list -> Timesteps.custom(config, list.times());
      case Sigmas _ ->
          throw new HubbleException.BadRequest(
              "The scheduler " + scheduler + " takes times, not sigmas.");
    };
  }

  /// The number of steps, for a scheduler whose formulas need equal strides.
  default int evenSteps(String scheduler) {
    if (this instanceof Count count) {
      return count.steps();
    }
    throw new HubbleException.BadRequest(
        "The scheduler "
            + scheduler
            + " makes equal strides and takes no list of times or sigmas.");
  }
}
