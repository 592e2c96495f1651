// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.heap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class NormalCdfTest {
  // Φ(x) = erfc(-x/√2)/2 by CPython's math.erfc.
  @ParameterizedTest
  @CsvSource({
    "-8, 6.220960574271819e-16",
    "-5, 2.866515718791946e-07",
    "-3.5, 0.00023262907903552504",
    "-3, 0.0013498980316300957",
    "-2.999, 0.0013543365337271066",
    "-2, 0.02275013194817922",
    "-1, 0.15865525393145707",
    "-0.5, 0.3085375387259869",
    "0.1, 0.539827837277029",
    "0.5, 0.6914624612740131",
    "1, 0.8413447460685429",
    "1.96, 0.9750021048517795",
    "2.5, 0.9937903346742238",
    "3, 0.9986501019683699",
    "4, 0.9999683287581669",
    "6, 0.9999999990134123"
  })
  void isPrecise(double x, double expected) {
    assertThat(NormalCdf.of(x))
        .isCloseTo(expected, within(1e-15 + 1e-12 * Math.min(expected, 1e-3)));
    assertThat(NormalCdf.of(-x)).isCloseTo(1 - expected, within(2e-15));
  }

  @Test
  void endsAreExact() {
    assertThat(NormalCdf.of(0)).isEqualTo(0.5);
    assertThat(NormalCdf.of(Double.POSITIVE_INFINITY)).isEqualTo(1);
    assertThat(NormalCdf.of(Double.NEGATIVE_INFINITY)).isEqualTo(0);
    assertThat(NormalCdf.of(Double.NaN)).isNaN();
  }
}
