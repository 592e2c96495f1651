// SPDX-License-Identifier: Apache-2.0
package dev.hubble.safety;

import dev.hubble.model.Config;

/// The sizes of a safety checker. The defaults are those of v1.4's, CLIP ViT-L/14.
///
/// @param hiddenSize the width of a token
/// @param intermediateSize the width inside the MLP
/// @param layers how many transformer layers
/// @param heads how many attention heads
/// @param imageSize the side of the pictures that it sees, in pixels
/// @param patchSize the side of a patch, which becomes one token
/// @param projection the width in which pictures and concepts are compared
/// @param eps of the layer norms
public record SafetyConfig(
    int hiddenSize,
    int intermediateSize,
    int layers,
    int heads,
    int imageSize,
    int patchSize,
    int projection,
    float eps) {

  /// Reads `safety_checker/config.json`.
  public static SafetyConfig of(Config c) {
    var vision = c.section("vision_config");
    vision.expect("hidden_act", "quick_gelu", "the safety checker of v1 models is CLIP ViT-L/14");
    var config =
        new SafetyConfig(
            vision.size("hidden_size", 1024),
            vision.size("intermediate_size", 4096),
            vision.size("num_hidden_layers", 24),
            vision.size("num_attention_heads", 16),
            vision.size("image_size", 224),
            vision.size("patch_size", 14),
            c.size("projection_dim", 768),
            (float) vision.number("layer_norm_eps", 1e-5));
    vision.require(
        config.hiddenSize % config.heads == 0,
        "num_attention_heads",
        "must divide hidden_size " + config.hiddenSize);
    vision.require(
        config.imageSize % config.patchSize == 0,
        "patch_size",
        "must divide image_size " + config.imageSize);
    return config;
  }

  /// How many patches a picture has along each side.
  int patches() {
    return imageSize / patchSize;
  }
}
