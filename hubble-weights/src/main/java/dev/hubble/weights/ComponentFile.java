// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The file to open in the folder of one component of a model: its weights, or the index of its
/// shards.
///
/// @param path the file
/// @param form what kind of file it is
/// @param variant whether it is of the variant that was asked for
public record ComponentFile(Path path, Form form, boolean variant) {
  /// The forms in which weights are published.
  public enum Form {
    SAFETENSORS,
    SAFETENSORS_INDEX,
    TORCH,
    TORCH_INDEX
  }

  /// Finds the weights with no variant in mind.
  ///
  /// @see #find(Path, String, String)
  public static ComponentFile find(Path folder, String base) {
    return find(folder, base, null);
  }

  /// Finds the weights in this order: the variant as safetensors, whole or in shards; plain
  /// safetensors, whole or in shards; then the same as PyTorch pickles. A component that lacks the
  /// variant falls back to its plain file.
  ///
  /// @param base `model` for the models of transformers (whose pickles are called `pytorch_model`),
  ///   `diffusion_pytorch_model` for those of diffusers
  /// @param variant such as `fp16`, or null
  /// @throws WeightsException if there are none
  public static ComponentFile find(Path folder, String base, @Nullable String variant) {
    checked(variant, folder);
    if (!Files.isDirectory(folder)) {
      throw new WeightsException(
          "%s is not a folder; check the path or download the model again.".formatted(folder));
    }
    Map<String, ComponentFile> candidates = candidates(folder, base, variant);
    for (ComponentFile candidate : candidates.values()) {
      if (Files.exists(candidate.path)) {
        return candidate;
      }
    }
    throw new WeightsException(
        "%s holds no weights: looked for %s; %s."
            .formatted(folder, String.join(", ", candidates.keySet()), hint(folder, base)));
  }

  /// The names under which [#find(Path, String, String)] looks for the weights, in its order.
  public static List<String> searchOrder(String base, @Nullable String variant) {
    return List.copyOf(candidates(Path.of(""), base, checked(variant, base)).keySet());
  }

  /// Opens the weights.
  ///
  /// @throws WeightsException if they are not valid
  public TensorStore open() {
    return switch (form) {
      case SAFETENSORS -> Safetensors.open(path);
      case SAFETENSORS_INDEX -> Safetensors.openIndex(path);
      case TORCH -> TorchCheckpoints.open(path);
      case TORCH_INDEX -> TorchCheckpoints.openIndex(path);
    };
  }

  private static @Nullable String checked(@Nullable String variant, Object of) {
    if (variant != null && !variant.matches("[A-Za-z0-9_-]+")) {
      throw new WeightsException(
          "\"%s\" cannot be the variant of %s; use one such as fp16.".formatted(variant, of));
    }
    return variant;
  }

  private static Map<String, ComponentFile> candidates(
      Path folder, String base, @Nullable String variant) {
    Map<String, ComponentFile> found = new LinkedHashMap<>();
    for (String extension : List.of("safetensors", "bin")) {
      boolean torch = extension.equals("bin");
      Form whole = torch ? Form.TORCH : Form.SAFETENSORS;
      Form index = torch ? Form.TORCH_INDEX : Form.SAFETENSORS_INDEX;
      String stem = torch && base.equals("model") ? "pytorch_model" : base;
      String file = stem + "." + extension;
      if (variant != null) {
        put(found, folder, stem + "." + variant + "." + extension, whole, true);
        put(found, folder, file + ".index." + variant + ".json", index, true);
        // How the index of a variant was called at first.
        put(found, folder, file + "." + variant + ".index.json", index, true);
      }
      put(found, folder, file, whole, false);
      put(found, folder, file + ".index.json", index, false);
    }
    return found;
  }

  private static void put(
      Map<String, ComponentFile> found, Path folder, String name, Form form, boolean variant) {
    found.put(name, new ComponentFile(folder.resolve(name), form, variant));
  }

  /// The weights that are there under another variant's name, if that is what the user overlooked.
  private static String hint(Path folder, String base) {
    try (Stream<Path> files = Files.list(folder)) {
      String others =
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> name.startsWith(base + ".") && name.endsWith(".safetensors"))
              .sorted()
              .collect(Collectors.joining(", "));
      return others.isEmpty()
          ? "download the model again"
          : "ask for a variant, since there is " + others;
    } catch (IOException e) {
      return "check that the folder can be read";
    }
  }
}
