// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import dev.hubble.Cancellation;
import dev.hubble.Progress.Event;
import dev.hubble.RunOptions;
import dev.hubble.kernels.Tensor;
import dev.hubble.nn.Observer;

/// Counts the UNet calls of a run, over all of its passes, and tells of each.
final class Steps {
  private final int total;
  private final Stopwatch times;
  private final RunOptions options;
  private final Cancellation cancellation;
  private final Observer observer;
  private int done;

  Steps(
      int total,
      Stopwatch times,
      RunOptions options,
      Cancellation cancellation,
      Observer observer) {
    this.total = total;
    this.times = times;
    this.options = options;
    this.cancellation = cancellation;
    this.observer = observer;
  }

  int total() {
    return total;
  }

  Observer observer() {
    return observer;
  }

  /// All is ready for the first call of a pass.
  void prepared() {
    times.text();
  }

  /// A call is done, and left these latents; the latents to go on with.
  Tensor done(Tensor left, Steering steering, StepPreview preview) {
    done++;
    Finite.check(left, "UNet call %d of %d".formatted(done, total));
    Tensor latents = steering.after(left, options.onStepEnd());
    times.unetCall();
    options.progress().on(new Event.Step(done, total, Snapshot.channelsFirst(latents), preview));
    TextToImage.checkCancelled(cancellation);
    return latents;
  }
}
