// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import dev.hubble.DownloadProgress;

/// One line on a terminal for all files of a download together. Silent in a pipe, but for notes.
final class DownloadLine implements DownloadProgress, AutoCloseable {
  private final Io io;
  private final boolean quiet;
  private final BytesLine line;

  DownloadLine(Io io, boolean quiet) {
    this.io = io;
    this.quiet = quiet;
    this.line = new BytesLine("Downloading", io, quiet);
  }

  @Override
  public void bytes(long done, long total) {
    line.to(done, total);
  }

  @Override
  public void note(String sentence) {
    if (!quiet) {
      io.err().println("Note: " + sentence);
    }
  }

  @Override
  public void close() {
    line.close();
  }
}
