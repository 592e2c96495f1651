// SPDX-License-Identifier: Apache-2.0
package dev.hubble.random;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class TorchGeneratorTest {
  private static final Map<String, float[]> TORCH =
      SafetensorsFixture.read("torch-randn.safetensors");

  @TestFactory
  Stream<DynamicTest> drawsWhatTorchDraws() {
    // cpu.<seed>.<shape>
    List<String> names =
        TORCH.keySet().stream().filter(name -> name.matches("cpu\\.\\d+\\..*")).toList();
    assertThat(names).hasSize(57);
    return names.stream()
        .map(name ->
            DynamicTest.dynamicTest(
                name,
                () -> {
                  long seed = Long.parseUnsignedLong(name.split("\\.", 3)[1]);
                  float[] expected = TORCH.get(name);
                  assertBits(new TorchGenerator(seed).randn(expected.length), expected);
                }));
  }

  @Test
  void continuesItsStreamFromDrawToDraw() {
    var generator = new TorchGenerator(7);
    // cpu.sequence-seed-7.<k>.<n>; the spare number of draw 0 outlives draw 1.
    List<String> names =
        TORCH.keySet().stream().filter(name -> name.startsWith("cpu.sequence-seed-7.")).toList();
    assertThat(names).hasSize(8);
    for (String name : names) {
      float[] expected = TORCH.get(name);
      assertBits(generator.randn(expected.length), expected);
    }
  }

  @Test
  void drawsForHalfPrecision() {
    float[] expected = TORCH.get("cpu.half.3.1x4x8x8");
    assertBits(halves(new TorchGenerator(3), expected.length), expected);
    // Where sixteen does not divide the number, the rest is another stream:
    // g = torch.Generator().manual_seed(7); torch.randn(20, generator=g, dtype=torch.half), then 3.
    var generator = new TorchGenerator(7);
    assertBits(
        halves(generator, 20),
        new float[] {
          -0.8203125f, 0.39575195f, 0.8989258f, -1.3886719f, -1.5830078f,
          -0.3244629f, 1.9267578f, -0.33007812f, 0.19848633f, 0.78222656f,
          1.0390625f, -0.7246094f, -0.20935059f, -0.21533203f, -1.8154297f,
          -0.34521484f, -2.0605469f, 0.6743164f, -1.3232422f, -1.359375f
        });
    assertBits(halves(generator, 3), new float[] {2.4375f, 0.20275879f, 2.4511719f});
    assertThat(halves(new TorchGenerator(7), 20)[4])
        .isNotEqualTo(new TorchGenerator(7).randn(20)[4]);
  }

  private static float[] halves(TorchGenerator generator, int n) {
    float[] values = generator.randnHalf(n);
    for (int i = 0; i < n; i++) {
      values[i] = Float.float16ToFloat(Float.floatToFloat16(values[i]));
    }
    return values;
  }

  @Test
  void drawsUniformNumbers() {
    assertBits(new TorchGenerator(3).rand(33), TORCH.get("cpu.rand.3.33"));
    assertBits(
        new TorchGenerator(0).rand(4),
        new float[] {0.4962566f, 0.7682218f, 0.08847743f, 0.13203049f});
  }

  @Test
  void agreesWithThePublishedMersenneTwister() {
    var engine = new Mt19937(5489);
    int last = 0;
    for (int i = 0; i < 10_000; i++) {
      last = engine.nextInt();
    }
    assertThat(Integer.toUnsignedLong(last)).isEqualTo(4123659995L);
    var zero = new Mt19937(0);
    assertThat(Integer.toUnsignedLong(zero.nextInt())).isEqualTo(2357136044L);
    assertThat(zero.nextLong()).isEqualTo((2546248239L << 32) | 3071714933L);
  }

  @Test
  void ignoresTheUpperHalfOfTheSeed() {
    assertBits(new TorchGenerator(1L << 32).randn(20), new TorchGenerator(0).randn(20));
    assertBits(new TorchGenerator(-1).randn(20), new TorchGenerator(0xffffffffL).randn(20));
  }

  @Test
  void drawsOneBatchAsOneStream() {
    float[] batch = new TorchGenerator(0).randn(2 * 4 * 64 * 64);
    assertBits(
        Arrays.copyOfRange(batch, 16384, 16387), new float[] {-0.5518361f, 1.5398073f, 1.0035588f});
    var generator = new TorchGenerator(42);
    assertBits(
        Arrays.copyOf(generator.randn(16384), 4),
        new float[] {1.9269153f, 1.4872841f, 0.9007172f, -2.105521f});
    assertBits(
        Arrays.copyOf(generator.randn(16384), 3),
        new float[] {-1.3046587f, 1.4507034f, 0.24427997f});
  }

  @Test
  void drawsNothingWhenAskedForNothing() {
    var generator = new TorchGenerator(0);
    assertThat(generator.randn(0)).isEmpty();
    assertBits(generator.randn(16), new TorchGenerator(0).randn(16));
  }

  private static void assertBits(float[] actual, float[] expected) {
    assertThat(bits(actual)).isEqualTo(bits(expected));
  }

  private static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    Arrays.setAll(bits, i -> Float.floatToRawIntBits(values[i]));
    return bits;
  }
}
