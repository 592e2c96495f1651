// SPDX-License-Identifier: Apache-2.0
package dev.hubble.model;

import dev.hubble.HubbleException;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/// `model_index.json`: which pipeline a model is for and which classes it is made of. What is not
/// Stable Diffusion v1 is refused here, before anything large is read.
final class ModelIndex {
  private static final Map<String, Set<String>> CLASSES =
      Map.of(
          "tokenizer", Set.of("CLIPTokenizer", "CLIPTokenizerFast"),
          "text_encoder", Set.of("CLIPTextModel"),
          "unet", Set.of("UNet2DConditionModel"),
          "vae", Set.of("AutoencoderKL"));

  /// The same components, used in different ways.
  private static final Set<String> PIPELINES =
      Set.of(
          "StableDiffusionPipeline",
          "StableDiffusionImg2ImgPipeline",
          "StableDiffusionInpaintPipeline");

  private ModelIndex() {}

  static void check(ModelFiles files) {
    var index = files.config("model_index.json");
    var pipeline = index.text("_class_name", "StableDiffusionPipeline");
    if (!PIPELINES.contains(pipeline)) {
      throw new HubbleException.Model(
          "%s: \"_class_name\" is \"%s\"%s; Hubble runs the Stable Diffusion v1 family, StableDiffusionPipeline."
              .formatted(
                  index.file(),
                  pipeline,
                  pipeline.startsWith("StableDiffusionXL") ? ", which is SDXL" : ""));
    }
    for (var component : new TreeMap<>(CLASSES).entrySet()) {
      var name = component.getKey();
      var allowed = component.getValue();
      var entry = index.json().get(name);
      if (entry == null || !entry.isArray() || entry.size() != 2) {
        throw new HubbleException.Model(
            "%s: \"%s\" should be a pair of library and class; a v1 model has one."
                .formatted(index.file(), name));
      }
      JsonNode className = entry.get(1);
      if (className == null
          || !className.isString()
          || !allowed.contains(className.stringValue())) {
        throw new HubbleException.Model(
            "%s: \"%s\" is of the class %s, which Hubble does not run; a v1 model has %s."
                .formatted(index.file(), name, className, String.join(" or ", allowed)));
      }
    }
  }
}
