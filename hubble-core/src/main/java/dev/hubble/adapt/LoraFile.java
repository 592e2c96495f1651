// SPDX-License-Identifier: Apache-2.0
package dev.hubble.adapt;

import dev.hubble.HubbleException;
import dev.hubble.weights.StoredTensor;
import dev.hubble.weights.TensorStore;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The tensors of a LoRA file, sorted by the layers that they change, in whichever of the common
/// spellings they are.
///
/// | written by | down | up |
/// |---|---|---|
/// | PEFT, diffusers | `X.lora_A.weight` | `X.lora_B.weight` |
/// | diffusers, older | `X.lora.down.weight`, `X.lora_linear_layer.down.weight`, `X_lora.down.weight` | `.up.` |
/// | kohya, LyCORIS | `X.lora_down.weight`, between them `X.lora_mid.weight` | `X.lora_up.weight` |
final class LoraFile {
  private static final Pattern PART =
      Pattern.compile(
          "(.+?)(?:\\.lora_([AB])(?:\\.default)?\\.weight"
              + "|[._]lora(?:_linear_layer)?[._](down|up|mid)\\.weight|\\.(alpha))",
          Pattern.DOTALL);

  private LoraFile() {}

  /// What a file has for one layer.
  static final class Module {
    @Nullable StoredTensor down;
    @Nullable StoredTensor up;
    @Nullable StoredTensor mid;
    @Nullable StoredTensor alpha;
  }

  /// Sorts the tensors by the layers that they are for.
  ///
  /// @throws HubbleException.BadRequest naming the tensors that are no part of a LoRA
  static Map<String, Module> modules(TensorStore store) {
    var modules = new LinkedHashMap<String, Module>();
    var strange = new ArrayList<String>();
    for (var name : store.names()) {
      Matcher part = PART.matcher(name);
      if (!part.matches()) {
        strange.add(name);
        continue;
      }
      var module = modules.computeIfAbsent(part.group(1), _ -> new Module());
      var tensor = Objects.requireNonNull(store.find(name));
      String kind =
          part.group(2) != null
              ? part.group(2)
              : Objects.requireNonNullElse(part.group(3), "alpha");
      switch (kind) {
        case "A", "down" -> module.down = tensor;
        case "B", "up" -> module.up = tensor;
        case "mid" -> module.mid = tensor;
        default -> module.alpha = tensor;
      }
    }
    if (!strange.isEmpty()) {
      throw new HubbleException.BadRequest(
          "%s is no LoRA that Hubble can apply%s: %s."
              .formatted(store.source(), kind(strange), some(strange)));
    }
    modules.forEach((name, module) -> {
      if (module.down == null || module.up == null) {
        throw new HubbleException.BadRequest(
            "%s is damaged: of %s there is only a part.".formatted(store.source(), name));
      }
    });
    return modules;
  }

  private static String kind(List<String> names) {
    var known =
        Map.of(
            ".hada_", "it is a LoHa",
            ".lokr_", "it is a LoKr",
            ".dora_scale", "it is a DoRA",
            ".lora_magnitude_vector", "it is a DoRA",
            ".oft_", "it is an OFT",
            ".diff", "it changes whole weights");
    for (var entry : known.entrySet()) {
      if (names.stream().anyMatch(name -> name.contains(entry.getKey()))) {
        return " (" + entry.getValue() + ")";
      }
    }
    return "";
  }

  /// The first names, and how many more there are.
  static String some(List<String> names) {
    var shown = String.join(", ", names.subList(0, Math.min(3, names.size())));
    return names.size() <= 3 ? shown : "%s and %d more".formatted(shown, names.size() - 3);
  }
}
