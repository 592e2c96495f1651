// SPDX-License-Identifier: Apache-2.0
package dev.hubble.clip;

import dev.hubble.model.Config;

/// The sizes of a CLIP text transformer. The defaults are ViT-L/14's.
///
/// @param hiddenSize the width of a token
/// @param intermediateSize the width inside the MLP
/// @param layers how many transformer layers
/// @param heads how many attention heads
/// @param positions how many tokens it takes
/// @param vocabSize how many different tokens it knows
/// @param eps of the layer norms
public record TextEncoderConfig(
    int hiddenSize,
    int intermediateSize,
    int layers,
    int heads,
    int positions,
    int vocabSize,
    float eps) {

  /// Reads `text_encoder/config.json`.
  public static TextEncoderConfig of(Config c) {
    c.expect(
        "hidden_act",
        "quick_gelu",
        "Stable Diffusion v1's text encoder is CLIP ViT-L/14, whose activation is quick_gelu");
    var config =
        new TextEncoderConfig(
            c.size("hidden_size", 768),
            c.size("intermediate_size", 3072),
            c.size("num_hidden_layers", 12),
            c.size("num_attention_heads", 12),
            c.size("max_position_embeddings", 77),
            c.size("vocab_size", 49408),
            (float) c.number("layer_norm_eps", 1e-5));
    c.require(
        config.hiddenSize % config.heads == 0,
        "num_attention_heads",
        "must divide hidden_size " + config.hiddenSize);
    return config;
  }
}
