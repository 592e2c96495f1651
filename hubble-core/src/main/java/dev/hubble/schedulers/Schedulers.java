// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import dev.hubble.HubbleException;
import java.util.List;
import java.util.Set;

/// Finds schedulers by name.
public final class Schedulers {
  private interface Factory {
    Scheduler create(SchedulerConfig config, int steps, float eta);
  }

  /// One scheduler.
  ///
  /// @param className the diffusers class that means it in a model's configuration
  /// @param aliases other names for it, in lower case
  private record Entry(String name, String className, Set<String> aliases, Factory factory) {}

  private static final List<Entry> ENTRIES =
      List.of(
          new Entry(
              Pndm.NAME,
              "PNDMScheduler",
              Set.of("plms"),
              (config, steps, eta) -> new Pndm(config, steps)),
          new Entry(Ddim.NAME, "DDIMScheduler", Set.of(), Ddim::new));

  private Schedulers() {}

  /// The names of all schedulers.
  public static List<String> names() {
    return ENTRIES.stream().map(Entry::name).toList();
  }

  /// A scheduler for one run.
  ///
  /// @param config the model's `scheduler_config.json`
  /// @param name one of [#names] or the name that AUTOMATIC1111's web UI gives it (`PLMS`), in any
  ///   case; empty for the model's own
  /// @param steps how many denoising steps
  /// @param eta how much noise [Ddim] adds on the way; the others do not look at it
  /// @throws HubbleException.BadRequest if there is no such scheduler, or it cannot do that many
  ///   steps
  public static Scheduler create(SchedulerConfig config, String name, int steps, float eta) {
    for (Entry entry : ENTRIES) {
      boolean meant =
          name.isEmpty()
              ? entry.className().equals(config.className())
              : entry.name().equalsIgnoreCase(name)
                  || entry.aliases().stream().anyMatch(name::equalsIgnoreCase);
      if (meant) {
        return entry.factory().create(config, steps, eta);
      }
    }
    throw new HubbleException.BadRequest(
        (name.isEmpty()
                ? "The model's own scheduler, " + config.className() + ", is not available"
                : "There is no scheduler \"" + name + "\"")
            + "; choose one of: "
            + String.join(", ", names())
            + ".");
  }
}
