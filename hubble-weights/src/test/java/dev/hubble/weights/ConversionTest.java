// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// Tensors seen through another number format.
class ConversionTest {
  @Test
  void floatsAreRoundedToTheNearestEven() {
    StoredTensor x =
        MemoryTensors.of(
            "x", new float[] {1 + 0x1p-11f, 1 + 0x1.8p-10f, 1 + 0x1p-8f, 1 + 0x1.8p-7f, 1e-30f}, 5);
    assertThat(Made.floats(x.as(StoredType.F16)))
        .containsExactly(1f, 1 + 0x1p-9f, 1 + 0x1p-8f, 1 + 0x1.8p-7f, 0f);
    assertThat(Made.floats(x.as(StoredType.BF16)))
        .containsExactly(1f, 1f, 1f, 1 + 0x1p-6f, Float.intBitsToFloat(0x0DA2_0000));
    assertThat(Made.floats(x.as(StoredType.F64))).isEqualTo(Made.floats(x));
  }

  @Test
  void theSameTypeIsTheSameTensor() {
    StoredTensor x = MemoryTensors.of("x", new float[] {1}, 1);
    assertThat(x.as(StoredType.F32)).isSameAs(x);
  }

  @Test
  void aViewHasTheNameShapeAndFileOfItsSource() {
    StoredTensor half = MemoryTensors.of("x", new float[6], 2, 3).as(StoredType.F16);
    assertThat(half.type()).isEqualTo(StoredType.F16);
    assertThat(half.name()).isEqualTo("x");
    assertThat(half.file()).isEqualTo("memory");
    assertThat(half.shape()).containsExactly(2, 3);
    assertThat(half.size()).isEqualTo(6);
  }

  @Test
  void onlyTheElementsThatAreReadAreConverted() {
    StoredTensor half = MemoryTensors.of("x", new float[] {1, 2, 3}, 3).as(StoredType.F16);
    float[] into = {1e30f, 0, 1e30f};
    half.read(1, into, 1, 1);
    assertThat(into).containsExactly(1e30f, 2, 1e30f);
  }

  @Test
  void aFiniteNumberThatWouldBecomeInfiniteIsRefused() {
    StoredTensor x = MemoryTensors.of("big.weight", new float[] {1, -70_000}, 2);
    Made.fails(() -> Made.floats(x.as(StoredType.F16)), "\"big.weight\"", "-70000.0", "F16");
    assertThat(Made.floats(x.as(StoredType.BF16))).containsExactly(1, -70_144);
    StoredTensor top = MemoryTensors.of("top", new float[] {Float.MAX_VALUE}, 1);
    Made.fails(() -> Made.floats(top.as(StoredType.BF16)), "\"top\"", "BF16");
  }

  @Test
  void anIntegerThatDoesNotFitIsRefused() {
    StoredTensor n = MemoryTensors.of("n", new long[] {-1, 256}, 2);
    assertThat(Made.integers(n.as(StoredType.I16))).containsExactly(-1, 256);
    Made.fails(() -> Made.integers(n.as(StoredType.I8)), "\"n\"", "256", "I8");
    Made.fails(() -> Made.integers(n.as(StoredType.U16)), "\"n\"", "-1", "U16");
    Made.fails(() -> Made.integers(n.as(StoredType.BOOL)), "\"n\"", "-1", "BOOL");
  }

  @Test
  void floatsDoNotBecomeIntegersNorTheReverse() {
    StoredTensor x = MemoryTensors.of("x", new float[1], 1);
    StoredTensor n = MemoryTensors.of("n", new long[1], 1);
    Made.fails(() -> x.as(StoredType.I64), "\"x\"", "F32", "I64");
    Made.fails(() -> n.as(StoredType.F16), "\"n\"", "I64", "F16");
    Made.fails(() -> x.as(StoredType.F8_E4M3), "\"x\"", "F8_E4M3");
  }

  @Test
  void halvesFromAFileConvertExactlyToFloat() {
    String header = "{'h':{'dtype':'F16','shape':[2],'data_offsets':[0,4]}}";
    StoredTensor h = Made.tensor(Safetensors.read("halves", Made.file(header, 4)), "h");
    assertThat(Made.floats(h.as(StoredType.F32))).isEqualTo(Made.floats(h));
  }
}
