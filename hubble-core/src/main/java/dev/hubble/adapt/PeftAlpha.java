// SPDX-License-Identifier: Apache-2.0
package dev.hubble.adapt;

import dev.hubble.HubbleException;
import dev.hubble.model.Config;
import dev.hubble.weights.TensorStore;
import tools.jackson.databind.JsonNode;

/// alpha / rank of files whose writer, newer versions of diffusers, left them in the header rather
/// than beside the layers; 1 if it says nothing.
///
/// @param unet of the UNet's layers
/// @param text of the text encoder's
record PeftAlpha(double unet, double text) {
  private static final String KEY = "lora_adapter_metadata";

  /// Reads the header of `store`.
  static PeftAlpha of(TensorStore store) {
    var json = store.metadata().get(KEY);
    if (json == null) {
      return new PeftAlpha(1, 1);
    }
    var config = Config.parse(store.source() + ", " + KEY, json);
    return new PeftAlpha(ratio(config, "unet."), ratio(config, "text_encoder."));
  }

  private static double ratio(Config config, String prefix) {
    for (var pattern : new String[] {"alpha_pattern", "rank_pattern"}) {
      JsonNode node = config.json().get(prefix + pattern);
      if (node != null && !node.isEmpty()) {
        throw new HubbleException.BadRequest(
            "%s: \"%s%s\" gives layers scales of their own, which Hubble does not read; save the LoRA with alphas beside its layers."
                .formatted(config.file(), prefix, pattern));
      }
    }
    double rank = config.number(prefix + "r", 1);
    double alpha = config.number(prefix + "lora_alpha", rank);
    return alpha
        / (config.json().path(prefix + "use_rslora").asBoolean(false) ? Math.sqrt(rank) : rank);
  }
}
