// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

import static dev.hubble.kernels.Numbers.noise;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.kernels.Expected;
import dev.hubble.kernels.Precision;
import dev.hubble.kernels.TestBackends;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The ways to share out attention, which depend on its sizes and on the number of threads, and
/// scores that do not go with the maxima it begins with. What every backend must do is in
/// [dev.hubble.kernels.OpsContract].
final class AttentionTest {
  private static final int WIDTH = 8;

  @ParameterizedTest
  @CsvSource({
    "512, 8, 600, 77",
    "256, 8, 150, 77",
    "128, 8, 80, 77",
    "0, 8, 150, 77",
    "512, 8, 200, 300",
    "256, 8, 100, 2100",
    "512, 1, 130, 200",
    "512, 2, 65, 16400",
    "256, 2, 17, 16400",
    "128, 2, 9, 16400",
    "0, 2, 17, 16400"
  })
  void anyNumberOfThreadsGivesTheSameRightResult(int bits, int heads, int queries, int keys) {
    TestBackends.assumeWidth(bits);
    int channels = heads * WIDTH;
    float[] q = noise(1, 2 * queries * channels);
    float[] k = noise(2, 2 * keys * channels);
    float[] v = noise(3, 2 * keys * channels);
    var kernels = TestBackends.kernels(bits);
    float[] one = attention(kernels, 1, heads, 2, q, k, v);
    check(one, heads, 2, q, k, v, 997, 1e-5);
    for (int threads : new int[] {2, 3, 16}) {
      assertThat(Arrays.equals(attention(kernels, threads, heads, 2, q, k, v), one))
          .as("%s threads", threads)
          .isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {512, 256, 128, 0})
  void scoresMayBeOfAnySize(int bits) {
    TestBackends.assumeWidth(bits);
    var kernels = TestBackends.kernels(bits);
    for (int level : new int[] {0, 20, 60, 300, 20_000, -20, -60, -300, -20_000}) {
      for (int last : new int[] {level, 0, 60, 300, 20_000, -20_000}) {
        scores(kernels, level, last);
      }
    }
  }

  /// Scores of `level` for all keys but the last, and of `last` for that one, give or take some.
  private static void scores(Kernels kernels, int level, int last) {
    int queries = 70;
    int keys = 200;
    float[] q = noise(1, queries * WIDTH);
    float[] k = noise(2, keys * WIDTH);
    for (int i = 0; i < queries; i++) {
      q[i * WIDTH] = 1;
    }
    for (int j = 0; j < keys; j++) {
      k[j * WIDTH] = (j < keys - 1 ? level : last) * (float) Math.sqrt(WIDTH);
    }
    float[] v = noise(3, keys * WIDTH);
    float[] y = attention(kernels, 2, 1, 1, q, k, v);
    // A score is off by an ulp or two, and so is its weight, relatively.
    double largest = 4 + Math.max(Math.abs(level), Math.abs(last));
    check(y, 1, 1, q, k, v, 1, 1e-5 + 4 * largest * 0x1p-23);
  }

  private static float[] attention(
      Kernels kernels, int threads, int heads, int images, float[] q, float[] k, float[] v) {
    int channels = heads * WIDTH;
    var policy = ConvolutionPolicy.of(Precision.FAST);
    try (var ops = new CpuOps(kernels, threads, policy, true);
        var _ = ops.openScope()) {
      return ops.attention(
              ops.upload(q, images, q.length / images / channels, channels),
              ops.upload(k, images, k.length / images / channels, channels),
              ops.upload(v, images, v.length / images / channels, channels),
              heads,
              false)
          .toArray();
    }
  }

  /// Compares every `step`th element.
  private static void check(
      float[] y,
      int heads,
      int images,
      float[] q,
      float[] k,
      float[] v,
      int step,
      double tolerance) {
    int channels = heads * WIDTH;
    int queries = q.length / images / channels;
    int keys = k.length / images / channels;
    for (int i = 0; i < y.length; i += step) {
      int row = i / channels;
      int c = i % channels;
      int from = row / queries * keys;
      double expected =
          Expected.attention(q, k, v, keys, channels, WIDTH, c / WIDTH, row, from, keys, c % WIDTH);
      assertThat(Math.abs(y[i] - expected) <= tolerance)
          .as("[%s] is %s instead of %s", i, y[i], expected)
          .isTrue();
    }
  }
}
