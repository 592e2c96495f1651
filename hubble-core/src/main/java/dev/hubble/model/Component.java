// SPDX-License-Identifier: Apache-2.0
package dev.hubble.model;

import dev.hubble.HubbleException;
import dev.hubble.kernels.Ops;
import dev.hubble.nn.Packed;
import dev.hubble.nn.Params;
import dev.hubble.weights.NameMap;
import dev.hubble.weights.NameMaps;
import dev.hubble.weights.StoredTensor;
import dev.hubble.weights.TensorStore;
import dev.hubble.weights.WeightsException;
import java.util.function.Consumer;
import java.util.function.Function;

/// The three networks of a v1 model: where their files lie and how their tensors are spelled.
enum Component {
  TEXT_ENCODER("text_encoder", "CLIPTextModel", "model"),
  UNET("unet", "UNet2DConditionModel", "diffusion_pytorch_model"),
  VAE("vae", "AutoencoderKL", "diffusion_pytorch_model");

  /// The halves of the VAE, which are read one without the other.
  static final String[] DECODER = {"decoder", "post_quant_conv"};

  static final String[] ENCODER = {"encoder", "quant_conv"};

  private final String folder;
  private final String className;
  private final String base;

  Component(String folder, String className, String base) {
    this.folder = folder;
    this.className = className;
    this.base = base;
  }

  String folder() {
    return folder;
  }

  /// What its weight files are named after.
  String base() {
    return base;
  }

  /// The class in diffusers or transformers.
  String className() {
    return className;
  }

  Config config(ModelFiles files) {
    return files.config(folder + "/config.json");
  }

  private NameMap names() {
    return switch (this) {
      case TEXT_ENCODER -> NameMaps::textEncoder;
      case UNET -> NameMaps::unet;
      case VAE -> NameMaps::vae;
    };
  }

  /// Makes a network of its weights.
  ///
  /// @param load builds it from a cursor at their top
  /// @param read hears of each tensor before it is packed
  /// @param parts the keys below which every tensor must have been asked for; none for all
  /// @throws HubbleException.Model if a tensor is missing, misshapen, damaged or left over
  static <T> T load(
      TensorStore store,
      Ops ops,
      Consumer<StoredTensor> read,
      Function<Params, T> load,
      String... parts) {
    return load(store, ops, read, new Packed(), load, parts);
  }

  /// The same with what has been packed before.
  ///
  /// @param packed gets what is packed now
  static <T> T load(
      TensorStore store,
      Ops ops,
      Consumer<StoredTensor> read,
      Packed packed,
      Function<Params, T> load,
      String... parts) {
    try {
      var params = Params.of(store, ops, read, packed);
      T loaded = load.apply(params);
      params.finish(parts);
      return loaded;
    } catch (WeightsException e) {
      throw new HubbleException.Model(e.getMessage(), e);
    }
  }

  /// The weights under their canonical names.
  TensorStore weights(ModelFiles files) {
    return files.weights(folder, base).renamed(names());
  }
}
