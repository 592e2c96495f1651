// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Files that diffusers and transformers wrote, which lie beside the project on the machines that
/// have them.
class PublishedFilesTest {
  @TempDir Path folder;

  private static Path reference(String name) {
    String root = System.getProperty("hubble.root", "..");
    Path path = Path.of(root).resolve("../shared/reference/tiny").resolve(name).normalize();
    assumeTrue(Files.exists(path), "there is no " + path + " on this machine");
    return path;
  }

  private static TensorStore component(String model, String component, String base) {
    return ComponentFile.find(reference(model).resolve(component), base).open();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tiny-sd/unet/diffusion_pytorch_model.safetensors",
        "tiny-sd/text_encoder/model.safetensors",
        "tiny-sd/vae/diffusion_pytorch_model.safetensors",
        "tiny-sd.unet.safetensors"
      })
  void aCopyIsTheSameByteForByte(String name) throws IOException {
    Path original = reference(name);
    Path copy = folder.resolve("copy.safetensors");
    try (TensorStore store = Safetensors.open(original)) {
      assertThat(store.names()).isNotEmpty();
      Map<String, StoredTensor> tensors = new TreeMap<>();
      store.names().forEach(tensor -> tensors.put(tensor, Made.tensor(store, tensor)));
      SafetensorsWriter.write(copy, tensors, store.metadata());
    }
    assertThat(Files.mismatch(copy, original)).isEqualTo(-1);
  }

  @Test
  void theTextEncoderOfTodayHasNoPrefixAndGetsOne() {
    try (TensorStore stored = component("tiny-sd", "text_encoder", "model")) {
      assertThat(stored.names()).noneMatch(name -> name.startsWith("text_model."));
      TensorStore canonical = stored.renamed(NameMaps::textEncoder);
      assertThat(canonical.names()).allMatch(name -> name.startsWith("text_model."));
      assertThat(canonical.find("text_model.embeddings.token_embedding.weight")).isNotNull();
    }
  }

  @Test
  void theShardsOfTheVaeHoldTheSameAsTheWhole() {
    Path sharded = reference("tiny-sd-sharded-vae");
    try (TensorStore whole = component("tiny-sd", "vae", "diffusion_pytorch_model");
        TensorStore shards = ComponentFile.find(sharded, "diffusion_pytorch_model").open()) {
      assertThat(shards.names()).containsExactlyInAnyOrderElementsOf(whole.names());
      for (String name : whole.names()) {
        assertThat(Made.floats(Made.tensor(shards, name)))
            .as(name)
            .isEqualTo(Made.floats(Made.tensor(whole, name)));
      }
      assertThat(ContentHash.of(shards)).isEqualTo(ContentHash.of(whole));
    }
  }

  @Test
  void floatsAreThoseThatAnotherProgramReads() {
    try (TensorStore store = component("tiny-sd", "unet", "diffusion_pytorch_model")) {
      StoredTensor bias = Made.tensor(store, "conv_in.bias");
      assertThat(bias.type()).isEqualTo(StoredType.F32);
      assertThat(bias.shape()).containsExactly(32);
      assertThat(Made.floats(bias)).startsWith(0x1.9b485ep-8f, 0x1.0faf0ep-3f, 0x1.a25c94p-6f);
    }
  }

  @Test
  void halvesAreThoseThatAnotherProgramReads() {
    try (TensorStore store =
        component("../../models/hubble-mini", "unet", "diffusion_pytorch_model")) {
      StoredTensor bias = Made.tensor(store, "conv_in.bias");
      assertThat(bias.type()).isEqualTo(StoredType.F16);
      assertThat(bias.shape()).containsExactly(64);
      assertThat(Made.floats(bias)).startsWith(-0x1.7ap-5f, -0x1.c18p-6f, -0x1.e7p-4f);
    }
  }

  @Test
  void picklesHoldTheSameNumbers() {
    try (TensorStore pickles = component("tiny-sd-bin", "unet", "diffusion_pytorch_model");
        TensorStore safetensors = component("tiny-sd", "unet", "diffusion_pytorch_model")) {
      assertThat(pickles.names()).hasSameElementsAs(safetensors.names()).hasSize(684);
      for (String name : pickles.names()) {
        assertThat(Made.floats(Made.tensor(pickles, name)))
            .as(name)
            .containsExactly(Made.floats(Made.tensor(safetensors, name)));
      }
    }
  }
}
