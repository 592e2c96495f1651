// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights;

import static dev.hubble.weights.Made.tensor;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What the writer writes, the reader reads.
class RoundTripTest {
  private static final float[] SPECIAL = {
    0f,
    -0f,
    1f,
    -2.5f,
    Float.NaN,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    0x1p-24f,
    0x3ffp-24f,
    -0x1p-14f,
    65504f,
    0x1.554p-2f
  };

  @TempDir Path folder;

  @Test
  void numbersOfEveryWritableFloatTypeComeBack() {
    Path file = folder.resolve("floats.safetensors");
    Map<String, StoredTensor> tensors = new TreeMap<>();
    StoredTensor source = MemoryTensors.of("x", SPECIAL, 3, 4);
    for (StoredType type :
        new StoredType[] {StoredType.F16, StoredType.F32, StoredType.F64, StoredType.BF16}) {
      tensors.put(type.name(), source.as(type));
    }
    SafetensorsWriter.write(file, tensors);
    try (TensorStore store = Safetensors.open(file)) {
      assertThat(store.names()).containsExactly("F64", "F32", "BF16", "F16");
      assertThat(store.metadata()).isEqualTo(Map.of("format", "pt"));
      for (String name : new String[] {"F16", "F32", "F64"}) {
        StoredTensor back = tensor(store, name);
        assertThat(back.type().name()).isEqualTo(name);
        assertThat(back.shape()).containsExactly(3, 4);
        // As bits: NaN equals NaN, and the zeros differ.
        assertThat(Made.floats(back)).isEqualTo(SPECIAL);
      }
      assertThat(Made.floats(tensor(store, "BF16")))
          .containsExactly(
              0f,
              -0f,
              1f,
              -2.5f,
              Float.NaN,
              Float.POSITIVE_INFINITY,
              Float.NEGATIVE_INFINITY,
              0x1p-24f,
              0x1p-14f,
              -0x1p-14f,
              65536f,
              0x1.56p-2f);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = StoredType.class,
      names = {"BOOL", "U8", "I8", "U16", "I16", "U32", "I32", "U64", "I64"})
  void theExtremesOfEveryIntegerTypeComeBack(StoredType type) {
    long top =
        switch (type) {
          case BOOL -> 1;
          case U64, I64 -> Long.MAX_VALUE;
          default -> (1L << (type.bits() - (type.name().startsWith("I") ? 1 : 0))) - 1;
        };
    long bottom = type.name().startsWith("I") ? -top - 1 : 0;
    long[] values = {bottom, 0, 1, top};
    Path file = folder.resolve("integers.safetensors");
    SafetensorsWriter.write(file, Map.of("n", MemoryTensors.of("n", values, 4).as(type)));
    try (TensorStore store = Safetensors.open(file)) {
      assertThat(tensor(store, "n").type()).isEqualTo(type);
      assertThat(Made.integers(tensor(store, "n"))).isEqualTo(values);
    }
  }

  @Test
  void aTensorOfManyPiecesComesBackWholeAndInParts() {
    float[] values = new float[300_001];
    for (int i = 0; i < values.length; i++) {
      values[i] = Float.float16ToFloat((short) (i % 31_000));
    }
    Path file = folder.resolve("long.safetensors");
    StoredTensor source = MemoryTensors.of("x", values, values.length);
    SafetensorsWriter.write(
        file, Map.of("a", source, "b", source.as(StoredType.F16), "c", source.as(StoredType.F64)));
    try (TensorStore store = Safetensors.open(file)) {
      for (String name : store.names()) {
        assertThat(Made.floats(tensor(store, name))).as(name).isEqualTo(values);
        float[] part = new float[9002];
        tensor(store, name).read(4095, part, 1, 9000);
        float[] expected = new float[9002];
        System.arraycopy(values, 4095, expected, 1, 9000);
        assertThat(part).as(name).isEqualTo(expected);
      }
    }
  }

  @Test
  void aCopyOfAFileIsTheSameByteForByteWhateverItsTypes() throws Exception {
    String header =
        "{'b':{'dtype':'I64','shape':[1],'data_offsets':[0,8]},"
            + "'c':{'dtype':'F16','shape':[2],'data_offsets':[8,12]},"
            + "'a':{'dtype':'F8_E4M3','shape':[4],'data_offsets':[12,16]},"
            + "'f':{'dtype':'F4','shape':[2,2],'data_offsets':[16,18]}}";
    byte[] original = Made.file(header + " ".repeat(-header.length() & 7), 18);
    Path file = folder.resolve("copy.safetensors");
    try (TensorStore store = Safetensors.read("original", original)) {
      Map<String, StoredTensor> tensors = new TreeMap<>();
      store.names().forEach(name -> tensors.put(name, tensor(store, name)));
      SafetensorsWriter.write(file, tensors, Map.of());
    }
    assertThat(Files.readAllBytes(file)).isEqualTo(original);
  }
}
