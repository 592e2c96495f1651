// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import dev.hubble.Progress;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarConsumer;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/// One line on a terminal: steps done, steps per second, time left.
final class ProgressLine implements Progress, AutoCloseable {
  private final Line line;
  private @Nullable ProgressBar bar;

  ProgressLine(PrintWriter err, int columns) {
    this.line = new Line(err, columns);
  }

  @Override
  public void on(Event event) {
    switch (event) {
      case Event.Started started -> bar = start(started.calls());
      case Event.Step step when bar != null -> bar.stepTo(step.call());
      case Event.Decoding _ when bar != null -> {
        bar.setExtraMessage(" decoding");
        bar.refresh();
      }
      default -> {}
    }
  }

  private ProgressBar start(int calls) {
    return new ProgressBarBuilder()
        .setTaskName("Drawing")
        .setInitialMax(calls)
        .setUnit(" it", 1)
        .showSpeed(decimals())
        .setUpdateIntervalMillis(200)
        .setStyle(style())
        .setConsumer(line)
        .build();
  }

  static ProgressBarConsumer consumer(Io io) {
    return new Line(io.err(), io.columns());
  }

  static DecimalFormat decimals() {
    return new DecimalFormat("0.00", DecimalFormatSymbols.getInstance(Locale.ROOT));
  }

  static ProgressBarStyle style() {
    return unicode() ? ProgressBarStyle.UNICODE_BLOCK : ProgressBarStyle.ASCII;
  }

  private static boolean unicode() {
    return Charset.forName(System.getProperty("native.encoding", "US-ASCII"))
        .newEncoder()
        .canEncode('█');
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

  /// The library's own consumer would open the terminal anew to learn its width.
  private static final class Line implements ProgressBarConsumer {
    private final PrintWriter err;
    private final int columns;
    private boolean ended;

    Line(PrintWriter err, int columns) {
      this.err = err;
      this.columns = columns;
    }

    @Override
    public int getMaxRenderedLength() {
      // A line that fills the last column wraps on some terminals.
      return columns - 1;
    }

    @Override
    public synchronized void accept(String text) {
      if (!ended) {
        err.print('\r' + text);
        err.flush();
      }
    }

    @Override
    public synchronized void close() {
      if (!ended) {
        err.println();
        err.flush();
        ended = true;
      }
    }
  }
}
