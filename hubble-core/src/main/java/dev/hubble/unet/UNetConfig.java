// SPDX-License-Identifier: Apache-2.0
package dev.hubble.unet;

import dev.hubble.model.Config;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// The sizes of a UNet of the v1 family. The defaults are those of Stable Diffusion v1.4.
///
/// @param inChannels channels of the latents it reads
/// @param outChannels channels of the noise it predicts
/// @param blockOutChannels the width of each level, from the finest to the coarsest
/// @param downAttention for each level on the way down, whether it has attention
/// @param upAttention for each level on the way up, from the coarsest to the finest, whether it has
///   attention
/// @param layersPerBlock how many residual blocks a level has on the way down; one more on the way
///   up
/// @param heads how many attention heads
/// @param crossAttentionDim the width of the text encoder's tokens
/// @param groups how many groups the group norms have
/// @param eps of the group norms in residual blocks
/// @param sampleSize height and width of the latents that the model was trained on
public record UNetConfig(
    int inChannels,
    int outChannels,
    List<Integer> blockOutChannels,
    List<Boolean> downAttention,
    List<Boolean> upAttention,
    int layersPerBlock,
    int heads,
    int crossAttentionDim,
    int groups,
    float eps,
    int sampleSize) {

  private static final String V1 = "Hubble runs the Stable Diffusion v1 family";

  /// Reads `unet/config.json`.
  public static UNetConfig of(Config c) {
    refuseOtherFamilies(c);
    List<Integer> widths = c.sizes("block_out_channels", 320, 640, 1280, 1280);
    int levels = widths.size();
    var config =
        new UNetConfig(
            c.size("in_channels", 4),
            c.size("out_channels", 4),
            widths,
            attention(c, "down_block_types", "CrossAttnDownBlock2D", "DownBlock2D", levels),
            attention(c, "up_block_types", "CrossAttnUpBlock2D", "UpBlock2D", levels),
            c.size("layers_per_block", 2),
            c.size("attention_head_dim", 8),
            c.size("cross_attention_dim", 768),
            c.size("norm_num_groups", 32),
            (float) c.number("norm_eps", 1e-5),
            c.size("sample_size", 64));
    for (int width : widths) {
      c.require(
          width % config.groups == 0,
          "norm_num_groups",
          "must divide every width of block_out_channels, and does not divide " + width);
      // The published name is misleading: in v1 models this key is the number of heads.
      c.require(
          width % config.heads == 0,
          "attention_head_dim",
          "must divide every width of block_out_channels, and does not divide " + width);
    }
    c.require(widths.getFirst() % 2 == 0, "block_out_channels", "must begin with an even width");
    c.require(
        config.inChannels == 4 || config.inChannels == 9,
        "in_channels",
        "must be 4, or 9 for inpainting: models with other input channels are not supported");
    c.require(config.outChannels == 4, "out_channels", "must be 4");
    return config;
  }

  private static void refuseOtherFamilies(Config c) {
    c.expect("_class_name", "UNet2DConditionModel", V1);
    c.expect("use_linear_projection", false, "true is Stable Diffusion 2; " + V1);
    c.expectNone("addition_embed_type", "SDXL has one; " + V1);
    c.expectNone("class_embed_type", V1);
    c.expectNone("num_class_embeds", V1);
    c.expectNone("encoder_hid_dim", V1);
    c.expectNone("time_cond_proj_dim", "distilled models have one; " + V1);
    c.expectNone("num_attention_heads", V1);
    c.expect("dual_cross_attention", false, V1);
    c.expectNone("only_cross_attention", V1);
    c.expect("transformer_layers_per_block", 1, "SDXL has more; " + V1);
    c.expect("resnet_time_scale_shift", "default", V1);
    c.expect("time_embedding_type", "positional", V1);
    c.expect("mid_block_type", "UNetMidBlock2DCrossAttn", V1);
    c.expect("act_fn", "silu", V1);
    c.expect("flip_sin_to_cos", true, V1);
    c.expect("freq_shift", 0, V1);
    c.expect("center_input_sample", false, V1);
    c.expect("downsample_padding", 1, V1);
    c.expect("mid_block_scale_factor", 1, V1);
    c.expect("conv_in_kernel", 3, V1);
    c.expect("conv_out_kernel", 3, V1);
  }

  private static List<Boolean> attention(
      Config c, String key, String with, String without, int levels) {
    var otherwise = new ArrayList<>(Collections.nCopies(levels, with));
    otherwise.set(key.startsWith("down") ? levels - 1 : 0, without);
    var types = c.texts(key, otherwise);
    c.require(
        types.size() == levels,
        key,
        "must have one entry per width in block_out_channels, " + levels);
    for (var type : types) {
      c.require(
          type.equals(with) || type.equals(without),
          key,
          "may hold %s and %s only; %s".formatted(with, without, V1));
    }
    return types.stream().map(with::equals).toList();
  }

  /// The width of the time embedding.
  public int timeWidth() {
    return 4 * blockOutChannels.getFirst();
  }

  /// How many levels there are; each but the last halves the resolution.
  public int levels() {
    return blockOutChannels.size();
  }
}
