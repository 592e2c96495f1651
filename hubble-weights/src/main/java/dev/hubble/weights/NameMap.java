// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights;

import org.jspecify.annotations.Nullable;

/// Says what a stored tensor is called in the model: the name that today's diffusers gives it.
@FunctionalInterface
public interface NameMap {
  /// The canonical name, or null for a tensor that the model does not use.
  @Nullable String canonical(String stored);
}
