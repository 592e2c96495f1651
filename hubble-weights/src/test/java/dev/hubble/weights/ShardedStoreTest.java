// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights;

import static dev.hubble.weights.Made.tensor;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShardedStoreTest {
  private static final String FIRST = "m-00001-of-00002.safetensors";
  private static final String SECOND = "m-00002-of-00002.safetensors";

  @TempDir Path folder;

  @BeforeEach
  void shards() {
    SafetensorsWriter.write(
        folder.resolve(FIRST),
        Map.of(
            "a", MemoryTensors.of("a", new float[] {1}, 1),
            "extra", MemoryTensors.of("extra", new float[] {7}, 1)),
        Map.of("format", "pt", "shard", "1"));
    SafetensorsWriter.write(
        folder.resolve(SECOND),
        Map.of(
            "b", MemoryTensors.of("b", new float[] {2}, 1),
            "a", MemoryTensors.of("a", new float[] {9}, 1)),
        Map.of("shard", "2"));
  }

  /// An index in which `'` stands for `"`.
  private Path index(String json) throws IOException {
    Path index = folder.resolve("m.safetensors.index.json");
    return Files.write(index, json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
  }

  private static String map(String a, String b) {
    return "{'weight_map':{'b':'%s','a':'%s'}}".formatted(b, a);
  }

  @Test
  void shardsAreOneStore() throws IOException {
    Path index =
        index(
            "{'metadata':{'total_size':8},'weight_map':{'b':'%s','a':'%s'},'x':[{}]}\n"
                .formatted(SECOND, FIRST));
    try (TensorStore store = Safetensors.openIndex(index)) {
      assertThat(store.names()).containsExactly("b", "a");
      assertThat(store.source()).isEqualTo(index.toString());
      assertThat(store.metadata()).containsOnly(Map.entry("format", "pt"), Map.entry("shard", "2"));
      assertThat(Made.floats(tensor(store, "a"))).containsExactly(1);
      assertThat(Made.floats(tensor(store, "b"))).containsExactly(2);
      assertThat(tensor(store, "a").file()).isEqualTo(folder.resolve(FIRST).toString());
      // The index decides what belongs to the model.
      assertThat(store.find("extra")).isNull();
    }
  }

  @Test
  void metadataMayBeMissingAndTheSizeWrong() throws IOException {
    try (TensorStore store = Safetensors.openIndex(index(map(FIRST, SECOND)))) {
      assertThat(store.names()).hasSize(2);
    }
    String wrong = map(FIRST, SECOND).replace("{'w", "{'metadata':{'total_size':1},'w");
    try (TensorStore store = Safetensors.openIndex(index(wrong))) {
      assertThat(store.names()).hasSize(2);
    }
  }

  @Test
  void closingClosesAllShards() throws IOException {
    TensorStore store = Safetensors.openIndex(index(map(FIRST, SECOND)));
    StoredTensor a = tensor(store, "a");
    StoredTensor b = tensor(store, "b");
    store.close();
    Made.fails(() -> Made.floats(a), FIRST, "tensor \"a\"", "closed");
    Made.fails(() -> Made.floats(b), SECOND, "tensor \"b\"", "closed");
  }

  @Test
  void aMissingShardIsNamed() throws IOException {
    Path index = index(map(FIRST, SECOND));
    Files.delete(folder.resolve(FIRST));
    Made.fails(
        () -> Safetensors.openIndex(index),
        folder.resolve(FIRST).toString(),
        index.toString(),
        "missing",
        "tensor \"a\"");
  }

  @Test
  void aTensorThatIsNotInItsShardIsNamed() throws IOException {
    Path index = index(map(FIRST, FIRST));
    Made.fails(
        () -> Safetensors.openIndex(index),
        folder.resolve(FIRST).toString(),
        index.toString(),
        "tensor \"b\"");
  }

  @Test
  void aDamagedShardIsNamed() throws IOException {
    Path index = index(map(FIRST, SECOND));
    Files.write(folder.resolve(SECOND), new byte[3]);
    Made.fails(() -> Safetensors.openIndex(index), folder.resolve(SECOND).toString(), "3 bytes");
  }

  @Test
  void aMissingIndexIsNamed() {
    Path index = folder.resolve("none.safetensors.index.json");
    Made.fails(() -> Safetensors.openIndex(index), index.toString(), "does not exist");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../m.safetensors",
        "..",
        ".",
        "",
        "/etc/passwd",
        "sub/m.safetensors",
        "sub\\\\m.safetensors",
        "C:m.safetensors",
        "a..b.safetensors",
        "m\\u0000.safetensors"
      })
  void aShardOutsideTheFolderIsRefused(String name) throws IOException {
    Path index = index(map(name, SECOND));
    Made.fails(
        () -> Safetensors.openIndex(index), index.toString(), "tensor \"a\"", "plain file name");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "null",
        "{}",
        "{'weight_map':null}",
        "{'weight_map':[]}",
        "{'weight_map':{'a':1}}",
        "{'weight_map':{'a':null}}",
        "{'weight_map':{},'weight_map':{}}",
        "{'weight_map':{'a':'x','a':'x'}}",
        "{'weight_map':{}",
        "{'weight_map':{}}}",
        "{'weight_map':{}} {}",
        "\ufeff{'weight_map':{}}",
        "{'weight_map':{},}"
      })
  void anIndexThatIsNoneIsRefused(String json) throws IOException {
    Path index = index(json);
    Made.fails(() -> Safetensors.openIndex(index), index.toString(), "not a valid index");
  }

  @Test
  void anIndexThatIsNotUtf8OrTooDeepIsRefused() throws IOException {
    Path index = index("{'x':" + "[".repeat(10_000));
    Made.fails(() -> Safetensors.openIndex(index), index.toString(), "limits");
    Files.write(index, new byte[] {'{', '"', (byte) 0xff, '"', '}'});
    Made.fails(() -> Safetensors.openIndex(index), index.toString(), "UTF-8");
  }
}
