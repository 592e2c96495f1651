// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/// The comparison that all tests rely on can fail.
final class NumbersTest {
  @Test
  void nanIsNeverClose() {
    assertThatThrownBy(() -> Numbers.assertClose(Double.NaN, 1, 1e9, "x"))
        .isInstanceOf(AssertionError.class);
    assertThatThrownBy(() -> Numbers.assertClose(1, Double.NaN, 1e9, "x"))
        .isInstanceOf(AssertionError.class);
  }

  @Test
  void theToleranceIsABound() {
    assertThatCode(() -> Numbers.assertClose(1.5, 1, 0.5, "x")).doesNotThrowAnyException();
    assertThatThrownBy(
            () -> Numbers.assertClose(new float[] {1, 1.51f}, new double[] {1, 1}, 0.5, "x"))
        .hasMessageContaining("x [1]");
    assertThatThrownBy(() -> Numbers.assertClose(new float[1], new double[2], 1, "x"))
        .hasMessageContaining("1 elements instead of 2");
  }

  @Test
  void noiseHasUnitVariance() {
    double sum = 0;
    double squares = 0;
    for (float x : Numbers.noise(1, 100_000)) {
      sum += x;
      squares += x * x;
    }
    Numbers.assertClose(sum / 100_000, 0, 0.02, "mean");
    Numbers.assertClose(squares / 100_000, 1, 0.02, "variance");
    assertThat(Numbers.noise(1, 5))
        .isEqualTo(Numbers.noise(1, 5))
        .isNotEqualTo(Numbers.noise(2, 5));
  }
}
