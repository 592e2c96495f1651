// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.hub;

/// Adds up what the parallel downloads of one model do.
final class Tally {
  private final DownloadListener listener;
  private long done;
  private long total;

  Tally(DownloadListener listener) {
    this.listener = listener;
  }

  synchronized void expect(long bytes) {
    total += bytes;
  }

  /// Counts bytes that arrived, or, if negative, that turned out to be worthless.
  synchronized void add(long bytes) {
    if (bytes != 0) {
      done += bytes;
      listener.bytes(done, Math.max(total, done));
    }
  }
}
