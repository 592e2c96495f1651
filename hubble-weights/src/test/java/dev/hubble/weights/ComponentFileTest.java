// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ComponentFileTest {
  private static final String BASE = "diffusion_pytorch_model";

  @TempDir Path folder;

  private void touch(String name) throws IOException {
    Files.write(folder.resolve(name), new byte[0]);
  }

  private static String name(ComponentFile file) {
    return String.valueOf(file.path().getFileName());
  }

  @Test
  void theFormsAreLookedForInOrder() throws IOException {
    List<String> order =
        List.of(
            BASE + ".fp16.safetensors",
            BASE + ".safetensors.index.fp16.json",
            BASE + ".safetensors.fp16.index.json",
            BASE + ".safetensors",
            BASE + ".safetensors.index.json",
            BASE + ".fp16.bin",
            BASE + ".bin.index.fp16.json",
            BASE + ".bin.fp16.index.json",
            BASE + ".bin",
            BASE + ".bin.index.json");
    for (String name : order) {
      touch(name);
    }
    for (String name : order) {
      ComponentFile found = ComponentFile.find(folder, BASE, "fp16");
      assertThat(name(found)).isEqualTo(name);
      assertThat(found.variant()).isEqualTo(name.contains("fp16"));
      boolean torch = name.contains(".bin");
      boolean index = name.endsWith(".json");
      assertThat(found.form())
          .isEqualTo(
              ComponentFile.Form.valueOf(
                  (torch ? "TORCH" : "SAFETENSORS") + (index ? "_INDEX" : "")));
      Files.delete(found.path());
    }
    Made.fails(
        () -> ComponentFile.find(folder, BASE, "fp16"),
        order.stream().map(name -> " " + name).toArray(String[]::new));
  }

  @Test
  void withoutAVariantThePlainFilesAreUsed() throws IOException {
    touch(BASE + ".fp16.safetensors");
    touch(BASE + ".bin");
    ComponentFile found = ComponentFile.find(folder, BASE);
    assertThat(name(found)).isEqualTo(BASE + ".bin");
    assertThat(found.variant()).isFalse();
  }

  @Test
  void picklesOfTransformersHaveAnotherName() throws IOException {
    touch("model.bin");
    touch("pytorch_model.bin");
    assertThat(name(ComponentFile.find(folder, "model"))).isEqualTo("pytorch_model.bin");
    touch("model.safetensors");
    assertThat(name(ComponentFile.find(folder, "model"))).isEqualTo("model.safetensors");
  }

  @Test
  void nothingThereNamesWhatWasLookedForAndWhatIsThere() throws IOException {
    Made.fails(
        () -> ComponentFile.find(folder, "model"),
        folder.toString(),
        "model.safetensors, model.safetensors.index.json, pytorch_model.bin",
        "download");
    touch("model.fp16.safetensors");
    touch("model.onnx");
    Made.fails(() -> ComponentFile.find(folder, "model"), "model.fp16.safetensors", "variant");
  }

  @Test
  void aFolderThatIsNoneIsRefused() throws IOException {
    Path missing = folder.resolve("unet");
    Made.fails(() -> ComponentFile.find(missing, BASE), missing.toString(), "not a folder");
    touch("unet");
    Made.fails(() -> ComponentFile.find(missing, BASE), missing.toString(), "not a folder");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "..", "../x", "a/b", "a.b", "fp16 "})
  void aVariantIsOneWord(String variant) {
    Made.fails(() -> ComponentFile.find(folder, BASE, variant), "variant", folder.toString());
  }

  @Test
  void safetensorsAreOpened() throws IOException {
    SafetensorsWriter.write(
        folder.resolve("m-00001-of-00001.safetensors"),
        Map.of("a", MemoryTensors.of("a", new float[] {3}, 1)));
    Files.writeString(
        folder.resolve(BASE + ".safetensors.index.json"),
        "{\"weight_map\":{\"a\":\"m-00001-of-00001.safetensors\"}}");
    try (TensorStore store = ComponentFile.find(folder, BASE).open()) {
      assertThat(Made.floats(Made.tensor(store, "a"))).containsExactly(3);
    }
    SafetensorsWriter.write(
        folder.resolve(BASE + ".safetensors"),
        Map.of("a", MemoryTensors.of("a", new float[] {4}, 1)));
    try (TensorStore store = ComponentFile.find(folder, BASE).open()) {
      assertThat(Made.floats(Made.tensor(store, "a"))).containsExactly(4);
    }
  }

  @Test
  void whatIsCalledAPickleIsOpenedAsOne() throws IOException {
    touch("pytorch_model.bin.index.json");
    ComponentFile index = ComponentFile.find(folder, "model");
    Made.fails(index::open, "pytorch_model.bin.index.json", "index");
    touch("pytorch_model.bin");
    ComponentFile pickle = ComponentFile.find(folder, "model");
    Made.fails(pickle::open, folder.resolve("pytorch_model.bin").toString(), "PyTorch");
  }
}
