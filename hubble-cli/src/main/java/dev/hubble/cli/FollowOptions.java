// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import dev.hubble.Cancellation;
import dev.hubble.Progress;
import dev.hubble.RunOptions;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// The options that say who follows a run, and how long it may take.
final class FollowOptions {
  @Spec(Spec.Target.MIXEE)
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Option(names = "--quiet", description = "No progress and no notes; only paths and errors.")
  private boolean quiet;

  @Option(
      names = "--preview",
      paramLabel = "FILE",
      description = "Keep a rough preview there, a PNG that is renewed after each step.")
  private @Nullable String preview;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      description = "Give up after that time, not counting the loading of the model.")
  private @Nullable Double timeout;

  boolean quiet() {
    return quiet;
  }

  /// Refuses what cannot be, before a model is loaded.
  void check(Path folder) {
    if (timeout != null && !(timeout > 0 && timeout <= Integer.MAX_VALUE)) {
      throw new ParameterException(
          spec.commandLine(), "--timeout is " + timeout + "; it must be more than 0 seconds.");
    }
    if (preview != null) {
      SafeFile.checkWritable(Destination.path(preview, folder, "--preview"));
    }
  }

  /// @param listener who hears of the run anyway
  RunOptions get(Path folder, Progress listener, Cancellation cancellation) {
    var progress =
        preview == null
            ? listener
            : new PreviewFile(Destination.path(preview, folder, "--preview"), listener);
    return RunOptions.DEFAULT
        .progress(progress)
        .cancellation(cancellation)
        .timeout(timeout == null ? null : Duration.ofNanos((long) (timeout * 1e9)));
  }
}
