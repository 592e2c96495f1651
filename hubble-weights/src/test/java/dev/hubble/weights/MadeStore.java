// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A store without a file.
record MadeStore(String source, Map<String, StoredTensor> tensors) implements TensorStore {
  @Override
  public Set<String> names() {
    return tensors.keySet();
  }

  @Override
  public @Nullable StoredTensor find(String name) {
    return tensors.get(name);
  }

  @Override
  public Map<String, String> metadata() {
    return Map.of();
  }

  @Override
  public void close() {}
}
