// SPDX-License-Identifier: Apache-2.0
package dev.hubble.nn;

import dev.hubble.kernels.Tensor;

/// Looks at a model's activations while it runs: tests compare them, the pipeline uses the moment
/// to see whether it was cancelled.
@FunctionalInterface
public interface Observer {
  /// Looks at nothing.
  Observer NONE = (module, output) -> {};

  /// The module at that key has just computed `output`, which is valid during this call only.
  void on(String module, Tensor output);
}
