// SPDX-License-Identifier: Apache-2.0
package dev.hubble.adapt;

import dev.hubble.weights.LdmNames;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The layers of a model by all the names that LoRA files have for them.
///
/// - diffusers and PEFT: `unet.down_blocks.0...attn1.to_q`, `text_encoder.text_model...q_proj`;
///   older ones `...attn1.processor.to_q`, and neither prefix for the UNet
/// - kohya: `lora_unet_down_blocks_0_..._attn1_to_q`, `lora_te_text_model_..._q_proj`: dots have
///   become underscores
/// - kohya's for original checkpoints: `lora_unet_input_blocks_1_1_..._attn1_to_q`
///
/// What lost its dots is found by taking them out of the names of the model's weights, too.
final class LoraNames {
  private static final String WEIGHT = ".weight";
  private static final String LDM = "model.diffusion_model.";

  /// Parts of residual blocks, as latent-diffusion calls them.
  private static final List<String> LDM_PARTS =
      List.of("in_layers.2", "emb_layers.1", "out_layers.3", "skip_connection", "op", "conv");

  /// The attention of text encoders, as diffusers called it for a while.
  private static final Map<String, String> OLD_TEXT =
      Map.of(".to_q", ".q_proj", ".to_k", ".k_proj", ".to_v", ".v_proj", ".to_out", ".out_proj");

  private final Set<String> unet;
  private final Set<String> text;
  private final Map<String, String> flatUnet = new HashMap<>();
  private final Map<String, String> flatText = new HashMap<>();

  /// A layer.
  ///
  /// @param ofUnet whether it is one of the UNet's rather than of the text encoder's
  /// @param weight the name of its weight
  record Layer(boolean ofUnet, String weight) {}

  /// @param unet the names of the UNet's tensors
  /// @param text those of the text encoder's
  LoraNames(Set<String> unet, Set<String> text) {
    this.unet = unet;
    this.text = text;
    unet.forEach(name -> putFlat(flatUnet, name, name));
    text.forEach(name -> putFlat(flatText, name, name));
    ldmNames().forEach((ldm, name) -> putFlat(flatUnet, ldm, name));
  }

  private static void putFlat(Map<String, String> flat, String spelling, String name) {
    if (spelling.endsWith(WEIGHT)) {
      String layer = spelling.substring(0, spelling.length() - WEIGHT.length());
      flat.put(layer.replace('.', '_'), name);
    }
  }

  /// The names of latent-diffusion for what this UNet has: every name that there could be is mapped
  /// to see whether it is one.
  private Map<String, String> ldmNames() {
    var rests = new LinkedHashSet<String>(LDM_PARTS);
    for (var name : unet) {
      int at = name.indexOf(".attentions.");
      if (at >= 0 && name.endsWith(WEIGHT)) {
        String rest = name.substring(at + ".attentions.0.".length());
        rests.add(rest.substring(0, rest.length() - WEIGHT.length()));
      }
    }
    var blocks =
        new ArrayList<String>(List.of("middle_block.0", "middle_block.1", "middle_block.2"));
    for (int n = 0; n < 24; n++) {
      for (int part = 0; part < 3; part++) {
        blocks.add("input_blocks." + n + "." + part);
        blocks.add("output_blocks." + n + "." + part);
      }
    }
    var spellings =
        new ArrayList<>(List.of("time_embed.0", "time_embed.2", "input_blocks.0.0", "out.2"));
    for (var block : blocks) {
      rests.forEach(rest -> spellings.add(block + "." + rest));
    }
    var found = new HashMap<String, String>();
    for (var spelling : spellings) {
      String name = LdmNames.unet(LDM + spelling + WEIGHT);
      if (name != null && unet.contains(name)) {
        found.put(spelling + WEIGHT, name);
      }
    }
    return found;
  }

  /// The layer that a LoRA file calls `module`, or null if this model has none of that name.
  @Nullable Layer find(String module) {
    if (module.startsWith("lora_unet_")) {
      return layer(true, flatUnet.get(module.substring("lora_unet_".length())));
    }
    if (module.startsWith("lora_te_")) {
      String rest = module.substring("lora_te_".length());
      String name = flatText.get(rest);
      return layer(false, name == null ? flatText.get("text_model_" + rest) : name);
    }
    String rest = module.replaceFirst("^base_model\\.model\\.", "").replace(".processor.", ".");
    if (rest.startsWith("text_encoder.")) {
      return textLayer(rest.substring("text_encoder.".length()));
    }
    String own = rest.replaceFirst("^unet\\.", "");
    for (var spelling : List.of(own, own + ".0")) {
      if (unet.contains(spelling + WEIGHT)) {
        return layer(true, spelling + WEIGHT);
      }
    }
    return textLayer(own);
  }

  private @Nullable Layer textLayer(String module) {
    String name = module;
    for (var old : OLD_TEXT.entrySet()) {
      if (name.endsWith(".self_attn" + old.getKey())) {
        name = name.substring(0, name.length() - old.getKey().length()) + old.getValue();
      }
    }
    for (var spelling : List.of(name, "text_model." + name)) {
      if (text.contains(spelling + WEIGHT)) {
        return layer(false, spelling + WEIGHT);
      }
    }
    return null;
  }

  private static @Nullable Layer layer(boolean ofUnet, @Nullable String weight) {
    return weight == null ? null : new Layer(ofUnet, weight);
  }
}
