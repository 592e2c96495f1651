// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import java.time.Duration;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarConsumer;
import org.jspecify.annotations.Nullable;

/// One line on a terminal: bytes done, bytes per second, time left. Silent in a pipe.
final class BytesLine implements AutoCloseable {
  private static final long MEGABYTE = 1_000_000;

  private final String task;
  private final boolean silent;
  private final ProgressBarConsumer line;
  private @Nullable ProgressBar bar;

  BytesLine(String task, Io io, boolean quiet) {
    this.task = task;
    this.silent = quiet || io.columns() == 0;
    this.line = ProgressLine.consumer(io);
  }

  void to(long done, long total) {
    if (silent) {
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
        .setTaskName(task)
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
  public void close() {
    if (bar != null) {
      bar.close();
      // A bar that is closed before it was first drawn forgets to close this.
      line.close();
      bar = null;
    }
  }
}
