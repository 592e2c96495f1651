// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import dev.hubble.DownloadProgress;
import java.time.Duration;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarConsumer;
import org.jspecify.annotations.Nullable;

/// One line on a terminal for all files of a download together: bytes done, bytes per second, time
/// left. Silent in a pipe, but for notes.
final class DownloadLine implements DownloadProgress, AutoCloseable {
  private static final long MEGABYTE = 1_000_000;

  private final Io io;
  private final boolean quiet;
  private final ProgressBarConsumer line;
  private @Nullable ProgressBar bar;

  DownloadLine(Io io, boolean quiet) {
    this.io = io;
    this.quiet = quiet;
    this.line = ProgressLine.consumer(io);
  }

  @Override
  public void bytes(long done, long total) {
    if (quiet || io.columns() == 0) {
      return;
    }
    if (bar == null) {
      // Speed and time left are about this run, not about what an earlier one left.
      bar = start(done, total);
    }
    bar.maxHint(total);
    bar.stepTo(done);
  }

  private ProgressBar start(long done, long total) {
    return new ProgressBarBuilder()
        .setTaskName("Downloading")
        .setInitialMax(total)
        .startsFrom(done, Duration.ZERO)
        .setUnit(" MB", MEGABYTE)
        .showSpeed(ProgressLine.decimals())
        .setUpdateIntervalMillis(200)
        .setStyle(ProgressLine.style())
        .setConsumer(line)
        .build();
  }

  @Override
  public void note(String sentence) {
    if (!quiet) {
      io.err().println("Note: " + sentence);
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
      // A bar that is closed before it was first drawn forgets to close this.
      line.close();
      bar = null;
    }
  }
}
