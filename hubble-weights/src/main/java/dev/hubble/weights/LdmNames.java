// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The names of CompVis' latent-diffusion, in which the whole model is one file, mapped to those of
/// diffusers. Each map takes what belongs to its component and gives null for the rest; a name
/// below the component's prefix that is in none of the spellings comes back without the prefix, so
/// that whoever loads the model can complain about it.
public final class LdmNames {
  private static final String UNET = "model.diffusion_model.";
  private static final String VAE = "first_stage_model.";
  private static final String BARE_VAE = "vae.";
  private static final String TEXT = "cond_stage_model.transformer.";
  private static final String EMA = "model_ema.";

  /// Fewer are leftovers.
  private static final int EMA_AT_LEAST = 100;

  private static final Map<String, String> UNET_ENDS =
      Map.of(
          "time_embed.0", "time_embedding.linear_1",
          "time_embed.2", "time_embedding.linear_2",
          "input_blocks.0.0", "conv_in",
          "out.0", "conv_norm_out",
          "out.2", "conv_out");

  private static final Map<String, String> RESNET =
      Map.of(
          "in_layers.0", "norm1",
          "in_layers.2", "conv1",
          "emb_layers.1", "time_emb_proj",
          "out_layers.0", "norm2",
          "out_layers.3", "conv2",
          "skip_connection", "conv_shortcut");

  private static final Pattern UNET_BLOCK =
      Pattern.compile(
          "(input|output)_blocks\\.(\\d{1,3})\\.([012])\\.(.+)|middle_block\\.([012])\\.(.+)",
          Pattern.DOTALL);

  private static final Pattern VAE_BLOCK =
      Pattern.compile(
          "(encoder|decoder)\\.(?:(?:down|up)\\.([0-3])\\.(block|downsample|upsample)\\.|mid\\.block_([12])\\.)(.+)",
          Pattern.DOTALL);

  private static final Pattern WEIGHT = Pattern.compile("(.+)\\.(weight|bias)", Pattern.DOTALL);

  private LdmNames() {}

  /// The UNet, whose blocks are numbered through: `input_blocks.4.1` is the attention after the
  /// first residual block of the second level.
  public static @Nullable String unet(String stored) {
    if (!stored.startsWith(UNET)) {
      return null;
    }
    String name = stored.substring(UNET.length());
    Matcher weight = WEIGHT.matcher(name);
    if (weight.matches() && UNET_ENDS.containsKey(weight.group(1))) {
      return UNET_ENDS.get(weight.group(1)) + "." + weight.group(2);
    }
    Matcher block = UNET_BLOCK.matcher(name);
    @Nullable String canonical =
        !block.matches()
            ? null
            : block.group(1) == null
                ? middle(Integer.parseInt(block.group(5)), block.group(6))
                : block.group(1).equals("input")
                    ? input(number(block), block.group(3), block.group(4))
                    : output(number(block), block.group(3), block.group(4));
    return canonical == null ? name : canonical;
  }

  private static int number(Matcher block) {
    return Integer.parseInt(block.group(2));
  }

  private static @Nullable String middle(int part, String rest) {
    return part == 1
        ? "mid_block.attentions.0." + rest
        : resnet("mid_block.resnets." + part / 2, rest);
  }

  /// Levels on the way down are two layers and the step to the next; block 0 is `conv_in`.
  private static @Nullable String input(int number, String part, String rest) {
    String level = "down_blocks." + (number - 1) / 3;
    int layer = (number - 1) % 3;
    if (number == 0) {
      return null;
    }
    if (layer == 2) {
      return part.equals("0") && rest.startsWith("op.")
          ? level + ".downsamplers.0.conv." + rest.substring(3)
          : null;
    }
    return layer(level, layer, part, rest);
  }

  /// Levels on the way up are three layers; the step to the next comes last in the last of them,
  /// after the attention if there is one.
  private static @Nullable String output(int number, String part, String rest) {
    String level = "up_blocks." + number / 3;
    if (!part.equals("0") && rest.startsWith("conv.")) {
      return level + ".upsamplers.0." + rest;
    }
    return layer(level, number % 3, part, rest);
  }

  private static @Nullable String layer(String level, int layer, String part, String rest) {
    return switch (part) {
      case "0" -> resnet(level + ".resnets." + layer, rest);
      case "1" -> level + ".attentions." + layer + "." + rest;
      default -> null;
    };
  }

  private static @Nullable String resnet(String path, String rest) {
    Matcher weight = WEIGHT.matcher(rest);
    if (!weight.matches() || !RESNET.containsKey(weight.group(1))) {
      return null;
    }
    return path + "." + RESNET.get(weight.group(1)) + "." + weight.group(2);
  }

  /// The VAE, whose decoder numbers its levels from the finest: `decoder.up.3` is
  /// `decoder.up_blocks.0`. What trained it, its loss, is not part of it.
  public static @Nullable String vae(String stored) {
    @Nullable String name =
        stored.startsWith(VAE)
            ? stored.substring(VAE.length())
            : stored.startsWith(BARE_VAE) ? stored.substring(BARE_VAE.length()) : null;
    if (name == null || name.startsWith("loss.") || name.startsWith("model_ema.")) {
      return null;
    }
    Matcher block = VAE_BLOCK.matcher(name);
    if (block.matches()) {
      String rest = block.group(5).replace("nin_shortcut.", "conv_shortcut.");
      return block.group(1) + "." + vaeBlock(block) + rest;
    }
    return NameMaps.vae(name.replace("coder.norm_out.", "coder.conv_norm_out."));
  }

  private static String vaeBlock(Matcher block) {
    if (block.group(4) != null) {
      return "mid_block.resnets." + (block.group(4).equals("1") ? 0 : 1) + ".";
    }
    int level = Integer.parseInt(block.group(2));
    String path =
        block.group(1).equals("decoder") ? "up_blocks." + (3 - level) : "down_blocks." + level;
    return switch (block.group(3)) {
      case "block" -> path + ".resnets.";
      case "downsample" -> path + ".downsamplers.0.";
      default -> path + ".upsamplers.0.";
    };
  }

  /// The text encoder, whose names are those of transformers.
  public static @Nullable String textEncoder(String stored) {
    return stored.startsWith(TEXT) ? NameMaps.textEncoder(stored.substring(TEXT.length())) : null;
  }

  /// The UNet's moving average, which some checkpoints carry beside the weights of the last
  /// training step. Its names have lost their dots, so they are found by way of those of the
  /// weights.
  ///
  /// @throws WeightsException if the file has none
  public static NameMap ema(TensorStore store) {
    Map<String, String> canonical = new HashMap<>();
    for (String name : store.names()) {
      String unet = unet(name);
      if (unet != null) {
        canonical.put(EMA + name.substring("model.".length()).replace(".", ""), unet);
      }
    }
    if (canonical.keySet().stream().filter(name -> store.find(name) != null).count()
        <= EMA_AT_LEAST) {
      throw new WeightsException(
          "%s holds no moving average (EMA) of its weights; take the weights themselves."
              .formatted(store.source()));
    }
    return canonical::get;
  }
}
