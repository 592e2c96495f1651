// SPDX-License-Identifier: Apache-2.0
package dev.hubble.model;

import dev.hubble.HubbleException;
import dev.hubble.ModelInfo;
import dev.hubble.kernels.Ops;
import dev.hubble.unet.UNetConfig;
import dev.hubble.weights.ContentHash;
import dev.hubble.weights.StoredTensor;
import dev.hubble.weights.TensorStore;
import dev.hubble.weights.WeightsException;
import java.util.ArrayList;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/// Tells what a model is from its configuration and from the headers of its weight files.
public final class ModelSummary {
  private ModelSummary() {}

  /// Reads the headers of `files`.
  public static ModelInfo of(ModelFiles files) {
    try (var weights = OpenWeights.of(files)) {
      return of(weights);
    }
  }

  /// Tells what the model with these weights is.
  public static ModelInfo of(OpenWeights weights) {
    var files = weights.files();
    var unet = UNetConfig.of(Component.UNET.config(files));
    var components = new ArrayList<ModelInfo.Component>();
    var hash = new ContentHash();
    try {
      for (var component : Component.values()) {
        var store = weights.of(component);
        components.add(describe(component, store));
        hash.add(component.folder(), store);
      }
    } catch (WeightsException e) {
      throw new HubbleException.Model(e.getMessage(), e);
    }
    int pixels = unet.sampleSize() * 8;
    return new ModelInfo(
        files.name(),
        hash.hex(),
        components,
        files.config("scheduler/scheduler_config.json").text("_class_name", "PNDMScheduler"),
        pixels,
        pixels);
  }

  private static ModelInfo.Component describe(Component component, TensorStore store) {
    long parameters = 0;
    long bytes = 0;
    int tensors = 0;
    Map<String, Integer> dtypes = new TreeMap<>();
    for (var name : store.names()) {
      StoredTensor tensor = Objects.requireNonNull(store.find(name));
      tensors++;
      parameters += tensor.type().isFloat() ? tensor.size() : 0;
      bytes += tensor.size() * tensor.type().bytes();
      dtypes.merge(tensor.type().name(), 1, Integer::sum);
    }
    return new ModelInfo.Component(
        component.folder(),
        component.className(),
        store.source(),
        tensors,
        parameters,
        dtypes,
        bytes);
  }

  /// Refuses a model whose weights would not fit in the heap, or in the device's own memory.
  public static void checkMemory(ModelInfo info, Ops ops) {
    long bytes = ops.weightType().bytes();
    long needed = info.components().stream().mapToLong(c -> c.parameters() * bytes).sum();
    var free = ops.freeBytes();
    if (free.isPresent()) {
      if (needed > free.getAsLong()) {
        throw new HubbleException.OutOfMemory(
            "The weights of %s need %s of the memory of %s and %s are free: end other programs that use it, or choose another device."
                .formatted(info.name(), Size.of(needed), ops.device(), Size.of(free.getAsLong())));
      }
      return;
    }
    long most = Runtime.getRuntime().maxMemory();
    if (needed > most) {
      throw new HubbleException.OutOfMemory(
          "The weights of %s need %s of memory and Java may use %s: give it more with -Xmx."
              .formatted(info.name(), Size.of(needed), Size.of(most)));
    }
  }
}
