// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.model;

import dev.hubble.weights.StoredTensor;
import dev.hubble.weights.TensorStore;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The weights of Stable Diffusion v1.4's three networks in name and shape, in value made by
/// [Formula]: four gigabytes that exist only while they are read.
public final class FormulaWeights implements TensorStore {
  private final String component;
  private final Map<String, FormulaTensor> tensors = new LinkedHashMap<>();

  private FormulaWeights(String component, Shapes shapes) {
    this.component = component;
    shapes
        .all()
        .forEach((name, shape) -> tensors.put(name, new FormulaTensor(component, name, shape)));
  }

  /// CLIP ViT-L/14's text half: 123,060,480 numbers.
  public static FormulaWeights textEncoder() {
    return new FormulaWeights("text_encoder", TextEncoderShapes.v1());
  }

  /// The UNet: 859,520,964 numbers.
  public static FormulaWeights unet() {
    return new FormulaWeights("unet", UNetShapes.v1());
  }

  /// The autoencoder, both halves: 83,653,863 numbers.
  public static FormulaWeights vae() {
    return new FormulaWeights("vae", VaeShapes.v1());
  }

  @Override
  public String source() {
    return component + " by formula";
  }

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(tensors.keySet());
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
