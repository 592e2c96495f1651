// SPDX-License-Identifier: Apache-2.0
package dev.hubble.model;

import dev.hubble.weights.NameMap;
import dev.hubble.weights.NameMaps;
import dev.hubble.weights.TensorStore;

/// The three networks of a v1 model: where their files lie and how their tensors are spelled.
enum Component {
  TEXT_ENCODER("text_encoder", "CLIPTextModel", "model"),
  UNET("unet", "UNet2DConditionModel", "diffusion_pytorch_model"),
  VAE("vae", "AutoencoderKL", "diffusion_pytorch_model");

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

  /// The weights under their canonical names.
  TensorStore weights(ModelFiles files) {
    return files.weights(folder, base).renamed(names());
  }
}
