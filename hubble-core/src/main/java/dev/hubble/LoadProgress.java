// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

/// Hears how the weights of a model come in from disk: a full-size model takes seconds.
@FunctionalInterface
public interface LoadProgress {
  /// Does not listen.
  LoadProgress NONE = (done, total) -> {};

  /// Another tensor is being packed. Called by the thread that loads.
  ///
  /// @param done stored bytes of the tensors so far, this one included
  /// @param total stored bytes of all that will be read
  void bytes(long done, long total);
}
