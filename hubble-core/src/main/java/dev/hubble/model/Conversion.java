// SPDX-License-Identifier: Apache-2.0
package dev.hubble.model;

import dev.hubble.HubbleException;
import dev.hubble.weights.SafetensorsWriter;
import dev.hubble.weights.StoredTensor;
import dev.hubble.weights.StoredType;
import dev.hubble.weights.TensorStore;
import dev.hubble.weights.TensorView;
import dev.hubble.weights.WeightsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Writes a model of any form as a diffusers folder with safetensors.
///
/// Weights go over a piece at a time, so any model takes the same little memory. Each file appears
/// when it is whole, and `model_index.json` last: what was interrupted does not pass for a model.
public final class Conversion {
  private static final Set<String> KEPT =
      Set.of("scheduler", "text_encoder", "tokenizer", "unet", "vae");

  private static final List<String> TEXTS =
      List.of(
          "text_encoder/config.json",
          "unet/config.json",
          "vae/config.json",
          "scheduler/scheduler_config.json",
          "tokenizer/vocab.json",
          "tokenizer/merges.txt",
          "tokenizer/tokenizer.json",
          "tokenizer/tokenizer_config.json",
          "tokenizer/special_tokens_map.json",
          "hubble.json");

  private final ModelFiles files;
  private final Path out;
  private final @Nullable StoredType type;

  private Conversion(ModelFiles files, Path out, @Nullable StoredType type) {
    this.files = files;
    this.out = out;
    this.type = type;
  }

  /// Writes `files` to the folder `out`, which must be empty or not there yet.
  ///
  /// @param dtype `f32`, `f16` or `bf16` for all weights; null to leave each as it is
  public static void run(ModelFiles files, Path out, @Nullable String dtype) {
    var conversion = new Conversion(files, out, type(dtype));
    // What can be wrong without reading any weights, before anything is written.
    ModelIndex.check(files);
    TokenizerFolder.load(files);
    files.text("scheduler/scheduler_config.json");
    try {
      conversion.prepare();
      for (var component : Component.values()) {
        conversion.weights(component);
      }
      conversion.texts();
    } catch (WeightsException e) {
      throw new HubbleException.Model(e.getMessage(), e);
    } catch (IOException e) {
      throw new HubbleException(
          "%s cannot be written (%s): check its permissions and the free space."
              .formatted(out, e.getMessage()),
          e);
    }
  }

  private static @Nullable StoredType type(@Nullable String dtype) {
    return switch (dtype) {
      case null -> null;
      case "f32" -> StoredType.F32;
      case "f16" -> StoredType.F16;
      case "bf16" -> StoredType.BF16;
      default ->
          throw new HubbleException.BadRequest(
              "Weights can be written in f32, f16 or bf16, not in " + dtype + ".");
    };
  }

  private void prepare() throws IOException {
    if (Files.exists(out) && !Files.isDirectory(out)) {
      throw new HubbleException.BadRequest(
          out + " is a file: name a folder to write the model to.");
    }
    Files.createDirectories(out);
    try (var there = Files.list(out)) {
      if (there.findAny().isPresent()) {
        throw new HubbleException.BadRequest(
            out + " is not empty: name a new folder to write the model to.");
      }
    }
  }

  private void weights(Component component) throws IOException {
    var folder = out.resolve(component.folder());
    Files.createDirectories(folder);
    try (var store = component.weights(files)) {
      SafetensorsWriter.write(folder.resolve(component.base() + ".safetensors"), tensors(store));
    }
  }

  private Map<String, StoredTensor> tensors(TensorStore store) {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    for (var name : store.names()) {
      var tensor = Objects.requireNonNull(store.find(name), name);
      if (name.contains(".mid_block.attentions.0.to_")) {
        tensor = Matrix.of(tensor);
      }
      tensors.put(name, type != null && tensor.type().isFloat() ? tensor.as(type) : tensor);
    }
    return tensors;
  }

  private void texts() throws IOException {
    for (var path : TEXTS) {
      var text = files.find(path);
      if (text != null) {
        write(path, text);
      }
    }
    write("model_index.json", index());
  }

  /// Without the parts that are not carried over, such as a safety checker: diffusers would look
  /// for them.
  private String index() {
    var index = (ObjectNode) files.config("model_index.json").json().deepCopy();
    for (var entry : index.properties()) {
      if (entry.getValue().isArray() && !KEPT.contains(entry.getKey())) {
        index.putArray(entry.getKey()).addNull().addNull();
      }
    }
    index.put("requires_safety_checker", false);
    return JsonMapper.builder()
        .enable(SerializationFeature.INDENT_OUTPUT)
        .build()
        .writeValueAsString(index);
  }

  private void write(String path, String text) throws IOException {
    var file = out.resolve(path);
    var folder = Objects.requireNonNull(file.getParent());
    Files.createDirectories(folder);
    var part = folder.resolve("." + file.getFileName() + ".part");
    Files.writeString(part, text);
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
  }

  /// A weight that latent-diffusion stores as a 1x1 convolution, as the matrix that diffusers has.
  private record Matrix(StoredTensor source) implements TensorView {
    static StoredTensor of(StoredTensor tensor) {
      long[] shape = tensor.shape();
      return shape.length == 4 && shape[2] == 1 && shape[3] == 1 ? new Matrix(tensor) : tensor;
    }

    @Override
    public long[] shape() {
      long[] shape = source.shape();
      return new long[] {shape[0], shape[1]};
    }
  }
}
