// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

import org.junit.jupiter.api.Test;

/// The counted arithmetic against sums over the published architecture, in multiply-adds: 401.64
/// billion for the UNet, 1.48 of them for the prompt's keys and values and 0.03 for the time steps,
/// which a step does not compute, and 20.43 up to the first layer that looks at a prompt.
class CostTest {
  @Test
  void aGuidedStepComputesTheBeginningOnce() {
    double expected = 2 * (2 * (401.64e9 - 1.48e9 - 0.03e9) - 20.43e9);
    assertThat(Cost.ofGuidedStep(512, 1)).isCloseTo(expected, withPercentage(0.01));
  }

  @Test
  void aBatchCostsAsMuchAsItsPictures() {
    assertThat(Cost.ofGuidedStep(256, 4)).isEqualTo(4 * Cost.ofGuidedStep(256, 1));
  }

  @Test
  void selfAttentionGrowsWithTheSquareOfTheArea() {
    // Everything else grows with the area: of 802.8 billion, 61.25 in each picture are attention.
    double small = Cost.ofGuidedStep(256, 1);
    double large = Cost.ofGuidedStep(512, 1);
    assertThat(large / small).isBetween(4.3, 4.6);
  }

  @Test
  void decoderAndTextEncoder() {
    assertThat(Cost.ofDecoding(512)).isCloseTo(2 * 1257.3e9, withPercentage(0.01));
    assertThat(Cost.ofText()).isCloseTo(2 * 6.65e9, withPercentage(0.1));
  }
}
