// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The spellings in which the years have left the same weights, mapped to one. A name that is in
/// none of them comes back as it is, so that whoever loads the model can complain about it.
public final class NameMaps {
  private static final String TEXT_PREFIX = "text_model.";

  private static final Pattern BARE_TEXT =
      Pattern.compile("(?:embeddings|encoder|final_layer_norm)\\..*", Pattern.DOTALL);

  /// What a full CLIP checkpoint holds besides the text encoder, and the buffer of position numbers
  /// that transformers wrote until 4.31.
  private static final Pattern NOT_TEXT =
      Pattern.compile(
          "(?:text_model\\.)?embeddings\\.position_ids|text_projection\\.weight|logit_scale"
              + "|vision_model\\..*|visual_projection\\.weight",
          Pattern.DOTALL);

  private static final Pattern MID_ATTENTION =
      Pattern.compile(
          "((?:encoder|decoder)\\.)(?:mid_block\\.attentions\\.0|mid\\.attn_1)\\."
              + "([a-z_]+)\\.(weight|bias)");

  /// LDM's names, then those of diffusers before 0.17.
  private static final Map<String, String> ATTENTION =
      Map.of(
          "norm", "group_norm",
          "q", "to_q",
          "k", "to_k",
          "v", "to_v",
          "proj_out", "to_out.0",
          "query", "to_q",
          "key", "to_k",
          "value", "to_v",
          "proj_attn", "to_out.0");

  private NameMaps() {}

  /// The text encoder, with or without the prefix `text_model.`; with it is canonical.
  public static @Nullable String textEncoder(String stored) {
    if (NOT_TEXT.matcher(stored).matches()) {
      return null;
    }
    return BARE_TEXT.matcher(stored).matches() ? TEXT_PREFIX + stored : stored;
  }

  /// The safety checker, whose image encoder newer versions of transformers write with one prefix
  /// less.
  public static @Nullable String safetyChecker(String stored) {
    if (stored.endsWith("embeddings.position_ids")) {
      return null;
    }
    boolean bare =
        stored.startsWith("vision_model.") && !stored.startsWith("vision_model.vision_model.");
    return bare ? "vision_model." + stored : stored;
  }

  /// The UNet, whose names have not changed since 2022.
  public static String unet(String stored) {
    return stored;
  }

  /// The VAE, whose middle attention has been spelled in three ways:
  ///
  /// | LDM | diffusers < 0.17 | canonical |
  /// |---|---|---|
  /// | norm | group_norm | group_norm |
  /// | q, k, v | query, key, value | to_q, to_k, to_v |
  /// | proj_out | proj_attn | to_out.0 |
  ///
  /// The weights behind them are the same numbers, as `[C, C]` or as `[C, C, 1, 1]`.
  public static String vae(String stored) {
    Matcher attention = MID_ATTENTION.matcher(stored);
    if (!attention.matches()) {
      return stored;
    }
    String part = attention.group(2);
    String canonical = ATTENTION.getOrDefault(part, part);
    return attention.group(1) + "mid_block.attentions.0." + canonical + "." + attention.group(3);
  }
}
