// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import dev.hubble.LoadProgress;

/// One line on a terminal for the weights that come in from disk, if there are enough of them for
/// anyone to wait.
final class LoadLine implements LoadProgress, AutoCloseable {
  /// Less than this is there at once.
  private static final long MANY = 200_000_000;

  private final BytesLine line;

  LoadLine(Io io, boolean quiet) {
    line = new BytesLine("Loading", io, quiet);
  }

  @Override
  public void bytes(long done, long total) {
    if (total >= MANY) {
      line.to(done, total);
    }
  }

  @Override
  public void close() {
    line.close();
  }
}
