// SPDX-License-Identifier: Apache-2.0
package dev.hubble.adapt;

import dev.hubble.weights.StoredTensor;
import dev.hubble.weights.TensorStore;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The weights of a component with the changes of LoRAs folded in.
///
/// @param store the weights themselves
/// @param changes by the names of the weights
public record FoldedStore(TensorStore store, Map<String, List<Change>> changes)
    implements TensorStore {
  @Override
  public String source() {
    return store.source();
  }

  @Override
  public Set<String> names() {
    return store.names();
  }

  @Override
  public @Nullable StoredTensor find(String name) {
    var own = store.find(name);
    var changed = changes.get(name);
    return own == null || changed == null ? own : new FoldedTensor(own, changed);
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
