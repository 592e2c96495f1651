// SPDX-License-Identifier: Apache-2.0
package dev.hubble.jfr;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/// A request was drawn, or was not.
@Name("dev.hubble.Job")
@Label("Job")
@Description("One request, from its turn to its pictures")
@Category("Hubble")
@StackTrace(false)
public final class JobEvent extends Event {
  @Label("Job")
  @Description("As Job.id() has it")
  private final long job;

  @Label("Waited")
  @Timespan(Timespan.NANOSECONDS)
  private final long waited;

  @Label("Pictures")
  private final int pictures;

  @Label("Steps")
  private final int steps;

  @Label("Width")
  private final int width;

  @Label("Height")
  private final int height;

  @Label("Outcome")
  @Description("done, or the kind of what ended it")
  private String outcome = "done";

  /// Begins now.
  ///
  /// @param waitedNanos for its turn
  public JobEvent(long job, long waitedNanos, int pictures, int steps, int width, int height) {
    this.job = job;
    this.waited = waitedNanos;
    this.pictures = pictures;
    this.steps = steps;
    this.width = width;
    this.height = height;
    begin();
  }

  /// It ended with `problem`.
  public void failed(Throwable problem) {
    outcome = problem.getClass().getSimpleName();
  }

  @Override
  public String toString() {
    return "job %d: %d of %dx%d, %d steps, waited %d ns, %s"
        .formatted(job, pictures, width, height, steps, waited, outcome);
  }
}
