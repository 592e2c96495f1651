// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// How products are cut.
final class TilesTest {
  @ParameterizedTest
  @CsvSource({
    "0, 7, 2",
    "3, 0, 2",
    "1, 1, 1",
    "1, 20, 2",
    "2, 20, 2",
    "2, 7, 16",
    "3, 5, 2",
    "31, 5, 2",
    "124, 43, 8"
  })
  void everyPanelOfEveryBlockIsInOneTile(int blocks, int panels, int threads) {
    boolean[][] seen = new boolean[blocks][panels];
    var tiles = new Tiles(blocks, panels, 5, threads);
    for (int t = 0; t < tiles.count(); t++) {
      assertThat(tiles.end(t) - tiles.begin(t)).isBetween(1, 5);
      for (int p = tiles.begin(t); p < tiles.end(t); p++) {
        assertThat(seen[tiles.block(t)][p]).isFalse();
        seen[tiles.block(t)][p] = true;
      }
    }
    for (boolean[] block : seen) {
      assertThat(block).doesNotContain(false);
    }
  }

  @Test
  void noThreadWaitsForALargeTileAtTheEnd() {
    var tiles = new Tiles(2, 20, 5, 2);
    int before = 5;
    for (int t = 0; t < tiles.count(); t++) {
      int size = tiles.end(t) - tiles.begin(t);
      assertThat(size).isLessThanOrEqualTo(before);
      before = size;
    }
    assertThat(tiles.end(0) - tiles.begin(0)).isEqualTo(5);
    assertThat(before).isEqualTo(1);
  }
}
