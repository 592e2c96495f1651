// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

/// Hears how the download of a model comes along. Called by several threads, one at a time.
@FunctionalInterface
public interface DownloadProgress {
  /// Does not listen.
  DownloadProgress NONE = (done, total) -> {};

  /// Bytes have arrived.
  ///
  /// @param done bytes that are on disk, those of an earlier try included; less than before when a
  ///   file has to start over
  /// @param total bytes of all files that were missing; grows when the weights join the small files
  void bytes(long done, long total);

  /// Something that a user should know but that stops nothing, in one sentence.
  default void note(String sentence) {}
}
