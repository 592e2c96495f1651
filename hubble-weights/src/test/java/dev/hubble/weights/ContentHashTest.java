// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContentHashTest {
  @TempDir Path folder;

  private final Map<String, StoredTensor> tensors = new TreeMap<>();

  @BeforeEach
  void tensors() {
    tensors.put("w", MemoryTensors.of("w", ramp(1000), 10, 100));
    tensors.put("b", MemoryTensors.of("b", ramp(64), 64).as(StoredType.F16));
    tensors.put("n", MemoryTensors.of("n", new long[] {1, 2}, 2));
    tensors.put("s", MemoryTensors.of("s", new float[] {Float.NaN}));
  }

  private static float[] ramp(int size) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = i / 8f;
    }
    return values;
  }

  private TensorStore written(String name) {
    Path file = folder.resolve(name + ".safetensors");
    SafetensorsWriter.write(file, tensors, Map.of("name", name));
    return Safetensors.open(file);
  }

  private String hash(String name) {
    try (TensorStore store = written(name)) {
      return ContentHash.of(store);
    }
  }

  @Test
  void itIsTenDigitsThatDoNotChangeFromReleaseToRelease() {
    // Computed by a program of its own, from the description alone.
    assertThat(hash("a")).isEqualTo("de30bf266c");
  }

  @Test
  void itIsTheSameInShardsInMemoryUnderOtherStoredNamesAndWithOtherMetadata() throws IOException {
    String expected = hash("whole");
    byte[] bytes = Files.readAllBytes(folder.resolve("whole.safetensors"));
    assertThat(ContentHash.of(Safetensors.read("bytes", bytes))).isEqualTo(expected);

    StringBuilder map = new StringBuilder();
    tensors.forEach((name, tensor) -> {
      SafetensorsWriter.write(folder.resolve(name), Map.of(name, tensor));
      map.append(map.isEmpty() ? "" : ",").append("\"%s\":\"%s\"".formatted(name, name));
    });
    Path index = Files.writeString(folder.resolve("i.json"), "{\"weight_map\":{" + map + "}}");
    try (TensorStore store = Safetensors.openIndex(index)) {
      assertThat(ContentHash.of(store)).isEqualTo(expected);
    }

    StoredTensor w = tensors.remove("w");
    tensors.put("old.w", w);
    tensors.put("ignored", w);
    try (TensorStore store = written("renamed")) {
      TensorStore canonical =
          store.renamed(name -> name.equals("ignored") ? null : name.replace("old.", ""));
      assertThat(ContentHash.of(canonical)).isEqualTo(expected);
      assertThat(ContentHash.of(store)).isNotEqualTo(expected);
    }
  }

  @Test
  void aLinearLayerAndItsFilterOfOneByOneAreTheSame() {
    String expected = hash("linear");
    tensors.put("w", MemoryTensors.of("w", ramp(1000), 10, 100, 1, 1));
    assertThat(hash("filter")).isEqualTo(expected);
    tensors.put("w", MemoryTensors.of("w", ramp(1000), 10, 1, 100));
    assertThat(hash("other")).isNotEqualTo(expected);
  }

  @Test
  void itChangesWithNamesTypesShapesAndValues() {
    Set<String> hashes = new HashSet<>();
    hashes.add(hash("0"));
    StoredTensor w = tensors.get("w");
    tensors.put("w", MemoryTensors.of("w", ramp(1000), 100, 10));
    hashes.add(hash("shape"));
    tensors.put("w", w.as(StoredType.F16));
    hashes.add(hash("type"));
    float[] last = ramp(1000);
    last[999] = -1;
    tensors.put("w", MemoryTensors.of("w", last, 10, 100));
    hashes.add(hash("last value"));
    float[] first = ramp(1000);
    first[0] = -0f;
    tensors.put("w", MemoryTensors.of("w", first, 10, 100));
    hashes.add(hash("sign of zero"));
    tensors.put("w", w);
    tensors.put("v", tensors.remove("n"));
    hashes.add(hash("name"));
    tensors.remove("v");
    hashes.add(hash("one less"));
    assertThat(hashes).hasSize(7);
  }

  @Test
  void aModelHasOneHashWhateverTheOrderOfItsComponents() {
    try (TensorStore one = written("1")) {
      tensors.remove("w");
      try (TensorStore two = written("2")) {
        String hash = new ContentHash().add("unet", one).add("vae", two).hex();
        assertThat(hash).matches("[0-9a-f]{10}");
        assertThat(new ContentHash().add("vae", two).add("unet", one).hex()).isEqualTo(hash);
        assertThat(new ContentHash().add("vae", one).add("unet", two).hex()).isNotEqualTo(hash);
        assertThat(new ContentHash().add("unet", one).hex()).isNotEqualTo(hash);
      }
    }
  }
}
