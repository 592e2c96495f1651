// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights;

import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Tells a Stable Diffusion v1 checkpoint from the many other things that people keep in a file of
/// the same kind and in the same folder.
final class Foreign {
  private static final String V1 = "Hubble runs the Stable Diffusion v1 family";
  private static final String UNET = "model.diffusion_model.";

  private Foreign() {}

  /// @throws WeightsException saying what the file is, unless it is a whole v1 model
  static void check(TensorStore store) {
    String what = addition(store);
    what = what != null ? what : otherFamily(store);
    what = what != null ? what : bare(store);
    what = what != null ? what : lacking(store);
    if (what != null) {
      throw new WeightsException(store.source() + " " + what + ".");
    }
  }

  /// Things that are put on top of a model.
  private static @Nullable String addition(TensorStore store) {
    if (any(
        store,
        name ->
            name.contains("lora_up")
                || name.contains("lora_down")
                || name.contains("lora_A.")
                || name.contains("lora_B.")
                || name.startsWith("lora_")
                || name.contains(".hada_w1_"))) {
      return "is a LoRA, a change to a model and no model; name the model that it changes";
    }
    if (any(
        store,
        name ->
            name.startsWith("control_model.")
                || name.startsWith("controlnet_")
                || name.startsWith("input_hint_block."))) {
      return "is a ControlNet, which steers a model and is none; name a Stable Diffusion v1 model";
    }
    if (store.names().size() <= 2 && !any(store, name -> name.indexOf('.') >= 0)) {
      return "is a textual inversion, one word that a model can be taught, and no model;"
          + " name a Stable Diffusion v1 model";
    }
    return null;
  }

  private static @Nullable String otherFamily(TensorStore store) {
    if (starts(store, "conditioner.") || starts(store, UNET + "label_emb.")) {
      return "is a Stable Diffusion XL model; " + V1;
    }
    if (starts(store, UNET + "joint_blocks.") || any(store, n -> n.contains("double_blocks."))) {
      return "is a model of a later generation, without a UNet; " + V1;
    }
    if (starts(store, "cond_stage_model.model.") || context(store) == 1024) {
      return "is a Stable Diffusion 2 model; " + V1;
    }
    StoredTensor first = store.find(UNET + "input_blocks.0.0.weight");
    if (first != null && first.shape().length == 4) {
      long channels = first.shape()[1];
      if (channels != 4 && channels != 9) {
        return "is another model, whose UNet reads %d channels; Hubble runs those that read 4, or 9 for inpainting"
            .formatted(channels);
      }
    }
    return null;
  }

  /// The width of the text encoder that the UNet listens to, or 0 if it cannot be told.
  private static long context(TensorStore store) {
    for (String name : store.names()) {
      StoredTensor tensor = name.endsWith("attn2.to_k.weight") ? store.find(name) : null;
      if (tensor != null && tensor.shape().length == 2) {
        return tensor.shape()[1];
      }
    }
    return 0;
  }

  /// One component of a model.
  private static @Nullable String bare(TensorStore store) {
    if (starts(store, UNET)) {
      return null;
    }
    String part =
        starts(store, "down_blocks.") || starts(store, "input_blocks.")
            ? "the UNet"
            : starts(store, "encoder.conv_in.")
                    || starts(store, "decoder.conv_in.")
                    || starts(store, "first_stage_model.")
                ? "the VAE"
                : starts(store, "text_model.")
                        || starts(store, "embeddings.")
                        || starts(store, "cond_stage_model.")
                    ? "the text encoder"
                    : null;
    return part == null
        ? "holds nothing that a Stable Diffusion checkpoint does; name one, or a diffusers folder"
        : "holds %s of a model alone; name a whole checkpoint, or a diffusers folder"
            .formatted(part);
  }

  private static @Nullable String lacking(TensorStore store) {
    boolean vae = any(store, name -> LdmNames.vae(name) != null);
    boolean text = any(store, name -> LdmNames.textEncoder(name) != null);
    return vae && text
        ? null
        : "lacks %s; name a whole checkpoint, or a diffusers folder"
            .formatted(vae ? "the text encoder" : text ? "the VAE" : "text encoder and VAE");
  }

  private static boolean starts(TensorStore store, String prefix) {
    return any(store, name -> name.startsWith(prefix));
  }

  private static boolean any(TensorStore store, Predicate<String> test) {
    return store.names().stream().anyMatch(test);
  }
}
