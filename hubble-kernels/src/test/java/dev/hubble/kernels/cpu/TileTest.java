// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// How products are cut.
final class TileTest {
  @ParameterizedTest
  @CsvSource({"1, 1, 1", "1, 20, 2", "2, 20, 2", "2, 7, 16", "3, 5, 2", "31, 5, 2", "124, 43, 8"})
  void everyPanelOfEveryBlockIsInOneTile(int blocks, int count, int threads) {
    var panels = panels(count);
    boolean[][] seen = new boolean[blocks][count];
    for (var tile : Tile.cut(blocks, panels, 5, threads)) {
      assertThat(tile.panels()).hasSizeBetween(1, 5);
      for (int i = 0; i < tile.panels().size(); i++) {
        int p = tile.begin() + i;
        assertThat(tile.panels().get(i)).isSameAs(panels.get(p));
        assertThat(seen[tile.block()][p]).isFalse();
        seen[tile.block()][p] = true;
      }
    }
    for (boolean[] block : seen) {
      assertThat(block).doesNotContain(false);
    }
  }

  @Test
  void noThreadWaitsForALargeTileAtTheEnd() {
    var tiles = Tile.cut(2, panels(20), 5, 2);
    assertThat(tiles.getFirst().panels()).hasSize(5);
    assertThat(tiles.getLast().panels()).hasSize(1);
    assertThat(tiles).extracting(tile -> tile.panels().size()).isSortedAccordingTo((a, b) -> b - a);
  }

  @Test
  void aTileEndsWhereItsLastPanelHasNoMoreChannels() {
    var tile =
        new Tile(
            0,
            2,
            List.of(new PackedWeight.Panel(128, 64, 64, 0), new PackedWeight.Panel(192, 16, 9, 0)));
    assertThat(tile.first()).isEqualTo(128);
    assertThat(tile.columns()).isEqualTo(73);
    assertThat(tile.width()).isEqualTo(80);
  }

  private static List<PackedWeight.Panel> panels(int count) {
    List<PackedWeight.Panel> panels = new ArrayList<>();
    for (int p = 0; p < count; p++) {
      panels.add(new PackedWeight.Panel(64 * p, 64, 64, 0));
    }
    return panels;
  }
}
