// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import java.util.Locale;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// A result as JSON, without its pixels.
final class GeneratedJson {
  private static final JsonMapper MAPPER = new JsonMapper();

  private GeneratedJson() {}

  static String of(Generated generated) {
    ObjectNode json = MAPPER.createObjectNode();
    json.putObject("model")
        .put("name", generated.model().name())
        .put("hash", generated.model().hash());
    json.put("device", generated.device());
    json.put("dtype", generated.dtype());
    json.put("prompt", generated.prompt());
    json.put("negative", generated.negative());
    json.put("token_count", generated.tokens().untruncated());
    json.put("truncated_text", generated.tokens().truncated());
    if (!generated.pictures().isEmpty()) {
      json.put("seed", generated.pictures().getFirst().seed());
    }
    var seeds = json.putArray("seeds");
    generated.pictures().forEach(picture -> seeds.add(picture.seed()));
    json.put("steps", generated.steps());
    json.put("scheduler", generated.scheduler());
    json.put("guidance", generated.guidance());
    json.put("width", generated.width());
    json.put("height", generated.height());
    var settings = json.putObject("settings");
    generated.settings().forEach(settings::put);
    if (!generated.additions().isEmpty()) {
      additions(generated.additions(), json.putObject("additions"));
    }
    safety(generated.safety(), json.putObject("safety"));
    var t = generated.timings();
    var milliseconds = json.putObject("milliseconds");
    milliseconds.put("load", t.load()).put("wait", t.waiting()).put("text", t.text());
    var unet = milliseconds.putArray("unet");
    t.unet().forEach(unet::add);
    milliseconds.put("vae", t.vae()).put("total", t.total());
    return MAPPER.writeValueAsString(json);
  }

  private static void additions(UsedAdditions used, ObjectNode json) {
    var loras = json.putArray("loras");
    for (var lora : used.loras()) {
      loras
          .addObject()
          .put("name", lora.name())
          .put("scale", lora.scale())
          .put("hash", lora.hash());
    }
    var words = json.putArray("embeddings");
    for (var word : used.words()) {
      words
          .addObject()
          .put("token", word.token())
          .put("name", word.name())
          .put("hash", word.hash());
    }
  }

  private static void safety(SafetyReport report, ObjectNode json) {
    json.put("mode", report.mode().name().toLowerCase(Locale.ROOT));
    var flagged = json.putArray("flagged");
    report.verdicts().forEach(verdict -> flagged.add(verdict.flagged()));
  }
}
