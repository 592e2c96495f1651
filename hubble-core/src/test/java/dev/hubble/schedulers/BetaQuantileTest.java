// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BetaQuantileTest {
  @ParameterizedTest
  @ValueSource(doubles = {0, 1e-6, 0.01, 0.2, 0.5, 0.77, 0.999, 1})
  void isExactWhereThereAreFormulas(double p) {
    // Parameter 1 is the uniform distribution, 1/2 the arcsine, 2 a parabola.
    assertThat(Math.abs(BetaQuantile.of(p, 1) - p)).isLessThan(1e-14);
    double sin = Math.sin(Math.PI * p / 2);
    assertThat(Math.abs(BetaQuantile.of(p, 0.5) - sin * sin)).isLessThan(1e-13);
    double x = BetaQuantile.of(p, 2);
    assertThat(Math.abs(3 * x * x - 2 * x * x * x - p)).isLessThan(1e-13);
  }
}
