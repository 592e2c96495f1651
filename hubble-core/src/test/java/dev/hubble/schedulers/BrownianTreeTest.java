// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BrownianTreeTest {
  @Test
  void isTorchsdes() {
    var tree = new BrownianTree(0.0291675f, 14.614647f, Runs.torchNoise(0, 4));
    assertThat(tree.noise(14.614647f, 5).toArray())
        .usingComparatorWithPrecision(2e-6f)
        .containsExactly(0.3759385f, -0.4121618f, 0.5468917f, 0.6772873f);
    assertThat(tree.noise(5, 1).toArray())
        .usingComparatorWithPrecision(2e-6f)
        .containsExactly(-0.0733618f, -1.1785198f, 0.4559775f, 0.3473138f);
  }

  /// The increments of parts add up to that of the whole, whatever was asked before.
  @Test
  void isOnePath() {
    int n = 1000;
    var tree = new BrownianTree(0.1, 10, Runs.torchNoise(7, n));
    float[] upper = tree.noise(10, 3.3).toArray();
    float[] lower = tree.noise(3.3, 0.1).toArray();
    float[] whole = tree.noise(10, 0.1).toArray();
    double squares = 0;
    double product = 0;
    for (int i = 0; i < n; i++) {
      double sum = Math.sqrt(6.7) * upper[i] + Math.sqrt(3.2) * lower[i];
      assertThat(Math.abs(sum - Math.sqrt(9.9) * whole[i])).isLessThan(1e-5);
      squares += upper[i] * upper[i];
      product += upper[i] * lower[i];
    }
    // Variance 1, and independent where they do not overlap: four standard errors.
    assertThat(squares / n).isBetween(0.82, 1.18);
    assertThat(Math.abs(product / n)).isLessThan(0.13);
  }
}
