// SPDX-License-Identifier: Apache-2.0
package dev.hubble.vae;

import dev.hubble.model.Config;
import java.util.Collections;
import java.util.List;

/// The sizes of an AutoencoderKL. The defaults are those of Stable Diffusion v1.
///
/// @param blockOutChannels the width of each level, from the finest to the coarsest
/// @param layersPerBlock how many residual blocks a level of the encoder has; one more in the
///   decoder
/// @param latentChannels channels of the latents
/// @param groups how many groups the group norms have
/// @param scalingFactor what the latents are multiplied with so that their variance is about 1
/// @param sampleSize height and width of the pictures that the model was trained on
public record VaeConfig(
    List<Integer> blockOutChannels,
    int layersPerBlock,
    int latentChannels,
    int groups,
    float scalingFactor,
    int sampleSize) {

  static final float NORM_EPS = 1e-6f;
  static final int IMAGE_CHANNELS = 3;

  private static final String V1 = "Hubble runs the Stable Diffusion v1 family";

  /// Reads `vae/config.json`.
  public static VaeConfig of(Config c) {
    c.expect("_class_name", "AutoencoderKL", V1);
    c.expect("act_fn", "silu", V1);
    c.expect("in_channels", IMAGE_CHANNELS, V1);
    c.expect("out_channels", IMAGE_CHANNELS, V1);
    c.expect("latent_channels", 4, V1);
    c.expect("mid_block_add_attention", true, V1);
    c.expect("use_quant_conv", true, V1);
    c.expect("use_post_quant_conv", true, V1);
    c.expectNone("shift_factor", V1);
    c.expectNone("latents_mean", V1);
    c.expectNone("latents_std", V1);
    List<Integer> widths = c.sizes("block_out_channels", 128, 256, 512, 512);
    blocks(c, "down_block_types", "DownEncoderBlock2D", widths.size());
    blocks(c, "up_block_types", "UpDecoderBlock2D", widths.size());
    c.require(
        widths.size() == 4,
        "block_out_channels",
        "must have 4 widths: v1 latents are 8 times smaller than the picture");
    int groups = c.size("norm_num_groups", 32);
    for (int width : widths) {
      c.require(
          width % groups == 0,
          "norm_num_groups",
          "must divide every width of block_out_channels, and does not divide " + width);
    }
    double scale = c.number("scaling_factor", 0.18215);
    c.require(scale > 0 && Double.isFinite(scale), "scaling_factor", "must be positive");
    return new VaeConfig(
        widths,
        c.size("layers_per_block", 2),
        4,
        groups,
        (float) scale,
        c.size("sample_size", 512));
  }

  private static void blocks(Config c, String key, String type, int levels) {
    var types = c.texts(key, Collections.nCopies(levels, type));
    c.require(types.size() == levels, key, "must have one entry per width in block_out_channels");
    for (String t : types) {
      c.require(t.equals(type), key, "may hold %s only; %s".formatted(type, V1));
    }
  }

  int levels() {
    return blockOutChannels.size();
  }

  int coarsest() {
    return blockOutChannels.getLast();
  }
}
