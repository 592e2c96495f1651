// SPDX-License-Identifier: Apache-2.0
package dev.hubble.model;

import dev.hubble.HubbleException;
import dev.hubble.weights.TensorStore;
import dev.hubble.weights.WeightsException;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/// The weight files of a model, open: what a model is and its weights come from one reading of
/// their headers. Closing gives the mapped memory back.
public final class OpenWeights implements AutoCloseable {
  private final ModelFiles files;
  private final Map<Component, TensorStore> stores = new EnumMap<>(Component.class);

  private OpenWeights(ModelFiles files) {
    this.files = files;
  }

  /// Reads the headers of all weight files.
  ///
  /// @throws HubbleException.Model if one is missing or damaged
  public static OpenWeights of(ModelFiles files) {
    ModelIndex.check(files);
    var open = new OpenWeights(files);
    try {
      for (var component : Component.values()) {
        open.stores.put(component, component.weights(files));
      }
      return open;
    } catch (WeightsException e) {
      open.close();
      throw new HubbleException.Model(e.getMessage(), e);
    } catch (RuntimeException | Error e) {
      open.close();
      throw e;
    }
  }

  /// The model's other files.
  ModelFiles files() {
    return files;
  }

  /// The weights of `component` under their canonical names.
  TensorStore of(Component component) {
    return Objects.requireNonNull(stores.get(component));
  }

  @Override
  public void close() {
    stores.values().forEach(TensorStore::close);
  }
}
