// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.hub;

/// Hears how a download comes along. Called by several threads, one at a time.
@FunctionalInterface
public interface DownloadListener {
  /// Does not listen.
  DownloadListener NONE = (done, total) -> {};

  /// Bytes have arrived.
  ///
  /// @param done bytes that are on disk, those of an earlier try included; less than before when a
  ///   file has to start over
  /// @param total bytes of all files that were missing; grows when the weights join the small files
  void bytes(long done, long total);

  /// Something that a user should know but that stops nothing.
  default void note(String sentence) {}
}
