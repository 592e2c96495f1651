// SPDX-License-Identifier: Apache-2.0
package dev.hubble.random;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class PhiloxGeneratorTest {
  /// The known answers of the Random123 library.
  @Test
  void encryptsLikeItsAuthors() {
    assertThat(PhiloxGenerator.encrypt(new int[4], 0))
        .containsExactly(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
    assertThat(PhiloxGenerator.encrypt(new int[] {-1, -1, -1, -1}, -1))
        .containsExactly(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
    assertThat(
            PhiloxGenerator.encrypt(
                new int[] {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0x299f31d0a4093822L))
        .containsExactly(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1);
  }

  @Test
  void drawsWhatAGpuDraws() {
    var generator = new PhiloxGenerator(0);
    assertThat(Arrays.copyOf(generator.randn(16384), 12))
        .usingComparatorWithPrecision(2e-6f)
        .containsExactly(
            -0.924662f,
            -0.425344f,
            -2.643846f,
            0.145184f,
            -0.120867f,
            -0.579725f,
            -0.622851f,
            -0.328387f,
            -1.074542f,
            -0.363144f,
            -1.671050f,
            2.265505f);
    assertThat(Arrays.copyOf(generator.randn(16384), 4))
        .usingComparatorWithPrecision(2e-6f)
        .containsExactly(0.180826f, -0.552263f, 0.923813f, -0.734970f);
    assertThat(new PhiloxGenerator(42).randn(4))
        .usingComparatorWithPrecision(2e-6f)
        .containsExactly(0.194019f, 2.161374f, -0.172051f, 0.849060f);
  }

  @Test
  void allBitsOfTheSeedMatter() {
    assertThat(new PhiloxGenerator(1L << 32).randn(4))
        .isNotEqualTo(new PhiloxGenerator(0).randn(4));
  }
}
