// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

import static dev.hubble.kernels.Numbers.noise;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.kernels.TestBackends;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Weights of a block of keys that is expected not to raise the maxima, see [Kernels#softmaxBelow].
final class SoftmaxTest {
  private static final int KEYS = 7;

  @ParameterizedTest
  @ValueSource(ints = {512, 256, 128, 0})
  void scoresBelowTheMaximaBecomeWeights(int bits) {
    TestBackends.assumeWidth(bits);
    var kernels = TestBackends.kernels(bits);
    int panel = kernels.panel();
    float[] max = noise(1, panel, 5);
    float[] sum = noise(2, panel);
    float[] scores = noise(3, KEYS * panel, 10);
    scores[panel] = -400_000;
    // As far above as may be; exactly, as the difference of whole numbers.
    max[1] = 3;
    scores[2 * panel + 1] = 3 + Kernels.HEADROOM;
    float[] weights = scores.clone();
    float[] tops = max.clone();
    float[] sums = sum.clone();
    assertThat(kernels.softmaxBelow(weights, KEYS, tops, sums, 0)).isTrue();
    assertThat(tops).containsExactly(max);
    for (int q = 0; q < panel; q++) {
      double expected = sum[q];
      for (int j = 0; j < KEYS; j++) {
        double above = (double) scores[j * panel + q] - max[q];
        double weight = Math.pow(2, above);
        // The difference is rounded, and its power relatively by as much; 2^-125 is the least.
        double error = 2e-7 + Math.abs(above) * 0x1p-24;
        close(weights[j * panel + q], weight, error * weight + 0x1p-124);
        expected += weight;
      }
      close(sums[q], expected, 1e-6 * (expected + Math.abs(sum[q])));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {512, 256, 128, 0})
  void aScoreFarAboveIsFoundInAnyLane(int bits) {
    TestBackends.assumeWidth(bits);
    var kernels = TestBackends.kernels(bits);
    int panel = kernels.panel();
    for (int q = 0; q < panel; q++) {
      for (float above :
          new float[] {
            Kernels.HEADROOM + 4, 99, 100, 101, 127, 128, 255, 256, 500, 70_000, 1 << 20
          }) {
        float[] max = noise(1, panel, 5);
        float[] tops = max.clone();
        float[] sum = noise(2, panel);
        float[] sums = sum.clone();
        float[] scores = new float[KEYS * panel];
        Arrays.fill(scores, -30);
        scores[(q % KEYS) * panel + q] = max[q] + above;
        assertThat(kernels.softmaxBelow(scores, KEYS, tops, sums, 0))
            .as("%s above in lane %s", above, q)
            .isFalse();
        assertThat(tops).containsExactly(max);
        assertThat(sums).containsExactly(sum);
      }
    }
  }

  private static void close(double actual, double expected, double tolerance) {
    assertThat(Math.abs(actual - expected) <= tolerance)
        .as("%s instead of %s", actual, expected)
        .isTrue();
  }
}
