// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import dev.hubble.Hires;
import dev.hubble.HubbleException;
import dev.hubble.schedulers.Route;
import dev.hubble.schedulers.Scheduler;
import dev.hubble.schedulers.SchedulerConfig;
import dev.hubble.schedulers.Schedulers;
import org.jspecify.annotations.Nullable;

/// The schedulers of one run, which hold its history: one for each pass.
///
/// @param first the scheduler of the pass from noise, or from a picture
/// @param firstStep the step that it begins with
/// @param second the scheduler of the pass at a higher resolution; null if there is none
/// @param secondStep the step that it begins with
public record Samplers(Scheduler first, int firstStep, @Nullable Scheduler second, int secondStep) {

  /// The schedulers that a job asks for.
  ///
  /// @throws HubbleException.BadRequest if there is no such scheduler, or it cannot go that way
  public static Samplers of(SchedulerConfig config, Job job) {
    Route route = job.modes().route();
    Route first = route == null ? new Route.Count(job.steps()) : route;
    Hires hires = job.modes().hires();
    int firstStep = job.start() == null ? 0 : job.start().skipped(first.steps());
    if (hires == null) {
      return new Samplers(create(config, job, first), firstStep, null, 0);
    }
    Route second = secondRoute(hires, job.steps(), route);
    int walked =
        hires.steps().isPresent() || route == null
            ? hires.steps().orElse(job.steps())
            : second.steps() - StartImage.skipped(second.steps(), hires.strength());
    if (walked == 0) {
      throw new HubbleException.BadRequest(
          "Strength %s of %d steps is less than one step for the second pass; ask for more of either."
              .formatted(hires.strength(), second.steps()));
    }
    return new Samplers(
        create(config, job, first),
        firstStep,
        create(config, job, second),
        second.steps() - walked);
  }

  /// As in AUTOMATIC1111's web UI, the second pass makes as many steps as it was told to, whatever
  /// its strength: they are the last ones of a longer way. A way that was given as a list is walked
  /// from where the strength says.
  private static Route secondRoute(Hires hires, int steps, @Nullable Route list) {
    if (list == null) {
      int wanted = hires.steps().orElse(steps);
      return new Route.Count(Math.max(wanted, (int) (wanted / hires.strength())));
    }
    if (hires.steps().isPresent()) {
      throw new HubbleException.BadRequest(
          "Either a list of times or sigmas, or a number of steps for the second pass: not both.");
    }
    return list;
  }

  private static Scheduler create(SchedulerConfig config, Job job, Route route) {
    Scheduler.Factory own = job.modes().sampler();
    return own == null
        ? Schedulers.create(config, job.scheduler(), route, job.eta())
        : own.create(config, route, job.eta());
  }
}
