// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.hub;

import dev.hubble.weights.ComponentFile;
import dev.hubble.weights.data.Quoted;
import dev.hubble.weights.hub.HubException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Which files of a diffusers repository Hubble needs. A repository holds the same weights many
/// times over (two precisions, pickles, ONNX, Flax, a checkpoint for other programs); one form of
/// each component is enough, found in the order in which [ComponentFile] looks.
///
/// The safety checker is left out unless it is asked for: 1.2 GB that most users do without.
///
/// @param optional what a model may do without; fetched first, so that whatever has the rest has
///   them too, if there are any
/// @param essential what every model has
/// @param indexes those of `essential` that name the shards in which the weights are
/// @param weights the weights that are in one piece
record RepoFiles(
    List<String> optional, List<String> essential, List<String> indexes, List<String> weights) {
  private static final List<Map.Entry<String, String>> COMPONENTS =
      List.of(
          Map.entry("text_encoder", "model"),
          Map.entry("unet", "diffusion_pytorch_model"),
          Map.entry("vae", "diffusion_pytorch_model"));

  private static final String CHECKER = "safety_checker";

  /// How much of a model is wanted.
  enum Part {
    /// All that drawing takes.
    MODEL,
    /// The safety checker, too, if there is one.
    CHECKED_MODEL,
    /// The tokenizer's files.
    TOKENIZER
  }

  /// Selects from the files that there are.
  ///
  /// @param source what holds the files, for messages
  /// @throws HubException if something is missing
  static RepoFiles of(Set<String> files, Part part, @Nullable String variant, String source) {
    var selection =
        new RepoFiles(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    if (part != Part.TOKENIZER) {
      selection.require(files, "model_index.json", source);
      selection.addIfPresent(files, "hubble.json");
      selection.require(files, "scheduler/scheduler_config.json", source);
      for (var component : COMPONENTS) {
        selection.require(files, component.getKey() + "/config.json", source);
        selection.addWeights(files, component.getKey(), component.getValue(), variant, source);
      }
    }
    if (part == Part.CHECKED_MODEL && files.contains(CHECKER + "/config.json")) {
      selection.addIfPresent(files, "feature_extractor/preprocessor_config.json");
      selection.require(files, CHECKER + "/config.json", source);
      selection.addWeights(files, CHECKER, "model", variant, source);
    }
    selection.addTokenizer(files, source);
    return selection;
  }

  /// Whether the selection holds a safety checker.
  boolean hasChecker() {
    return essential.contains(CHECKER + "/config.json");
  }

  /// Whether a model's own index says that it comes with a safety checker, which need not be in
  /// `folder` yet.
  static boolean namesChecker(Path folder) {
    try {
      var entry =
          JsonMapper.shared()
              .readTree(Files.readAllBytes(folder.resolve("model_index.json")))
              .path(CHECKER);
      return entry.isArray() && entry.size() == 2 && !entry.path(1).isNull();
    } catch (IOException | JacksonException e) {
      return false;
    }
  }

  private void addTokenizer(Set<String> files, String source) {
    addIfPresent(files, "tokenizer/tokenizer_config.json");
    addIfPresent(files, "tokenizer/special_tokens_map.json");
    if (files.contains("tokenizer/tokenizer.json") && !files.contains("tokenizer/vocab.json")) {
      essential.add("tokenizer/tokenizer.json");
    } else {
      require(files, "tokenizer/vocab.json", source);
      require(files, "tokenizer/merges.txt", source);
    }
  }

  private void addIfPresent(Set<String> files, String file) {
    if (files.contains(file)) {
      optional.add(file);
    }
  }

  private void require(Set<String> files, String file, String source) {
    if (!files.contains(file)) {
      throw new HubException(
          Kind.ENTRY_NOT_FOUND,
          "%s has no %s: Hubble opens models in diffusers' layout, which always has one."
              .formatted(source, file));
    }
    essential.add(file);
  }

  private void addWeights(
      Set<String> files, String component, String base, @Nullable String variant, String source) {
    for (String name : ComponentFile.searchOrder(base, variant)) {
      String file = component + "/" + name;
      if (files.contains(file)) {
        if (name.endsWith(".json")) {
          essential.add(file);
          indexes.add(file);
        } else {
          weights.add(file);
        }
        return;
      }
    }
    String others =
        files.stream()
            .filter(file -> file.startsWith(component + "/"))
            .filter(file -> file.endsWith(".safetensors") || file.endsWith(".bin"))
            .sorted()
            .collect(Collectors.joining(", "));
    throw new HubException(
        Kind.ENTRY_NOT_FOUND,
        others.isEmpty()
            ? "%s has no weights in %s: it is not a whole diffusers model."
                .formatted(source, component)
            : "%s has the weights of %s under other names only (%s): name the variant with --variant."
                .formatted(source, component, others));
  }

  /// The shards that the indexes in `folder` name.
  List<String> shards(Path folder) {
    Set<String> shards = new LinkedHashSet<>();
    for (String index : indexes) {
      Path file = folder.resolve(index);
      String component = index.substring(0, index.lastIndexOf('/') + 1);
      JsonNode map;
      try {
        map = JsonMapper.shared().readTree(Files.readAllBytes(file)).path("weight_map");
      } catch (IOException | JacksonException e) {
        throw notAnIndex(file, e);
      }
      for (JsonNode shard : map) {
        String name = shard.asString("");
        if (!SafeName.isPath(name) || name.contains("/")) {
          throw new HubException(
              Kind.BAD_NAME,
              "%s names the shard %s, which is no plain file name: the model is damaged or malicious."
                  .formatted(file, Quoted.of(name)));
        }
        shards.add(component + name);
      }
      if (map.isEmpty()) {
        throw notAnIndex(file, null);
      }
    }
    return List.copyOf(shards);
  }

  private static HubException notAnIndex(Path file, @Nullable Exception cause) {
    var e =
        new HubException(
            Kind.CACHE,
            "%s is no index of shards: the model is damaged, or delete the file and download it again."
                .formatted(file));
    if (cause != null) {
      e.initCause(cause);
    }
    return e;
  }

  /// Whether a file of the variant was found for some component.
  boolean has(String variant) {
    return weights.stream().anyMatch(file -> file.contains("." + variant + "."))
        || indexes.stream().anyMatch(file -> file.contains("." + variant + "."));
  }

  /// Whether all weights are of the variant.
  boolean isAll(String variant) {
    return weights.stream().allMatch(file -> file.contains("." + variant + "."))
        && indexes.stream().allMatch(file -> file.contains("." + variant + "."));
  }
}
