// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights;

import java.util.Map;

/// The names of diffusers in the spelling of latent-diffusion: the way back, written another way,
/// to check the way there.
final class LdmSpelling {
  private static final Map<String, String> RESNET =
      Map.of(
          "norm1", "in_layers.0",
          "conv1", "in_layers.2",
          "time_emb_proj", "emb_layers.1",
          "norm2", "out_layers.0",
          "conv2", "out_layers.3",
          "conv_shortcut", "skip_connection");

  private static final Map<String, String> ENDS =
      Map.of(
          "conv_in", "input_blocks.0.0",
          "time_embedding.linear_1", "time_embed.0",
          "time_embedding.linear_2", "time_embed.2",
          "conv_norm_out", "out.0",
          "conv_out", "out.2");

  private LdmSpelling() {}

  static String unet(String name) {
    return "model.diffusion_model." + unetPart(name);
  }

  private static String unetPart(String name) {
    String end = name.substring(name.lastIndexOf('.'));
    String stem = name.substring(0, name.length() - end.length());
    if (ENDS.containsKey(stem)) {
      return ENDS.get(stem) + end;
    }
    String[] part = name.split("\\.", -1);
    if (part[0].equals("mid_block")) {
      String rest = after(name, 3);
      return part[1].equals("resnets")
          ? "middle_block." + Integer.parseInt(part[2]) * 2 + "." + resnet(rest)
          : "middle_block.1." + rest;
    }
    int level = Integer.parseInt(part[1]);
    int layer = Integer.parseInt(part[3]);
    boolean down = part[0].equals("down_blocks");
    String rest = after(name, 4);
    String block =
        down ? "input_blocks." + (1 + 3 * level + layer) : "output_blocks." + (3 * level + layer);
    return switch (part[2]) {
      case "resnets" -> block + ".0." + resnet(rest);
      case "attentions" -> block + ".1." + rest;
      case "downsamplers" -> "input_blocks." + 3 * (level + 1) + ".0.op." + after(rest, 1);
      default -> "output_blocks." + (3 * level + 2) + (level == 0 ? ".1." : ".2.") + rest;
    };
  }

  private static String resnet(String rest) {
    String head = rest.substring(0, rest.indexOf('.'));
    return RESNET.get(head) + rest.substring(head.length());
  }

  private static String after(String name, int parts) {
    String rest = name;
    for (int i = 0; i < parts; i++) {
      rest = rest.substring(rest.indexOf('.') + 1);
    }
    return rest;
  }

  static String vae(String name) {
    String ldm =
        name.replace("conv_shortcut", "nin_shortcut")
            .replace("conv_norm_out", "norm_out")
            .replace("mid_block.resnets.0", "mid.block_1")
            .replace("mid_block.resnets.1", "mid.block_2")
            .replace("mid_block.attentions.0.group_norm", "mid.attn_1.norm")
            .replace("mid_block.attentions.0.to_out.0", "mid.attn_1.proj_out")
            .replace("mid_block.attentions.0.to_", "mid.attn_1.")
            .replace("down_blocks.", "down.")
            .replace(".resnets.", ".block.")
            .replace(".downsamplers.0.", ".downsample.")
            .replace(".upsamplers.0.", ".upsample.");
    int up = ldm.indexOf("up_blocks.");
    if (up >= 0) {
      int digit = up + "up_blocks.".length();
      ldm =
          ldm.substring(0, up) + "up." + (3 - (ldm.charAt(digit) - '0')) + ldm.substring(digit + 1);
    }
    return "first_stage_model." + ldm;
  }
}
