// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// How a request is run: who hears of it, who may change it, and when it ends early. None of it
/// says what is drawn: that is the [Request]. Immutable.
///
/// @param progress hears how the picture comes along
/// @param onStepEnd may change latents, text and guidance after each UNet call; null for nobody
/// @param cancellation stops the run; null for no such switch
/// @param timeout how long the run may take, waiting for its turn included; null for ever
public record RunOptions(
    Progress progress,
    @Nullable StepCallback onStepEnd,
    @Nullable Cancellation cancellation,
    @Nullable Duration timeout) {
  /// Nobody listens, and nothing ends early.
  public static final RunOptions DEFAULT = new RunOptions(Progress.NONE, null, null, null);

  public RunOptions {
    if (timeout != null && !timeout.isPositive()) {
      throw new HubbleException.BadRequest(
          "The timeout is %s; it must be more than no time.".formatted(timeout));
    }
  }

  /// The same with another listener.
  public RunOptions progress(Progress other) {
    return new RunOptions(other, onStepEnd, cancellation, timeout);
  }

  /// The same with something that may change the run on its way.
  public RunOptions onStepEnd(@Nullable StepCallback other) {
    return new RunOptions(progress, other, cancellation, timeout);
  }

  /// The same with a switch that stops it.
  public RunOptions cancellation(@Nullable Cancellation other) {
    return new RunOptions(progress, onStepEnd, other, timeout);
  }

  /// The same with so much time.
  public RunOptions timeout(@Nullable Duration other) {
    return new RunOptions(progress, onStepEnd, cancellation, other);
  }
}
