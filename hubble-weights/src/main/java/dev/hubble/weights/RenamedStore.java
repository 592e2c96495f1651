// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights;

import dev.hubble.weights.data.Quoted;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A store under other names. Its tensors keep the names that they have in the file, for messages.
final class RenamedStore implements TensorStore {
  private final TensorStore store;
  private final Map<String, String> storedNames = new LinkedHashMap<>();

  RenamedStore(TensorStore store, NameMap map) {
    this.store = store;
    for (String stored : store.names()) {
      String name = map.canonical(stored);
      if (name == null) {
        continue;
      }
      String other = storedNames.putIfAbsent(name, stored);
      if (other != null) {
        throw new WeightsException(
            "%s holds tensor %s twice, as %s and as %s; remove one of them."
                .formatted(store.source(), Quoted.of(name), Quoted.of(other), Quoted.of(stored)));
      }
    }
  }

  @Override
  public String source() {
    return store.source();
  }

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(storedNames.keySet());
  }

  @Override
  public @Nullable StoredTensor find(String name) {
    String stored = storedNames.get(name);
    return stored == null ? null : store.find(stored);
  }

  @Override
  public Map<String, String> metadata() {
    return store.metadata();
  }

  @Override
  public void close() {
    store.close();
  }
}
