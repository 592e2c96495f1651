// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/// The full-size check itself: what it lets through and where it looks.
class ExpectedTest {
  @Test
  void whatIsNearPasses() {
    assertThatCode(() -> Expected.check("near", new float[] {3, 4.0004f}, new float[] {3, 4}))
        .doesNotThrowAnyException();
  }

  @Test
  void whatIsFarFails() {
    assertThatThrownBy(() -> Expected.check("far", new float[] {3, 4.0006f}, new float[] {3, 4}))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("far lies 1.2");
  }

  @Test
  void nanFails() {
    float[] broken = {3, Float.NaN};
    assertThatThrownBy(() -> Expected.check("nan", broken, new float[] {3, 4}))
        .isInstanceOf(AssertionError.class);
  }

  @Test
  void anotherSizeFails() {
    assertThatThrownBy(() -> Expected.check("size", new float[] {3}, new float[] {3, 4}))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("1 values instead of 2");
  }

  @Test
  void ourOrderBecomesPyTorchsAndBack() {
    float[] ours = {1, 2, 3, 4, 5, 6}; // three places of two channels
    float[] theirs = {1, 3, 5, 2, 4, 6};
    assertThat(Places.channelsFirst(ours, 1, 3, 2)).containsExactly(theirs);
    assertThat(Places.channelsLast(theirs, 2, 3)).containsExactly(ours);
  }

  @Test
  void samplesStandAtTheirStride() {
    float[] x = {0, 1, 2, 3, 4, 5, 6};
    assertThat(Places.every(3, x, 9)).containsExactly(0, 3, 6);
    assertThat(Places.every(2, x, 2)).containsExactly(0, 2);
  }

  @Test
  void deviationIsThatOfASample() {
    assertThat(Places.meanAndDeviation(new float[] {1, 2, 3, 4}))
        .containsExactly(2.5f, (float) Math.sqrt(5.0 / 3));
  }
}
