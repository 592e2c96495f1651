// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class HopperTileTest {
  @ParameterizedTest
  @CsvSource({
    "64, 64, 1, 2, 64", // two rows
    "32, 32, 1, 4, 32",
    "8, 8, 2, 8, 8", // two images
    "512, 512, 1, 1, 128", // a part of a row
    "2, 64, 1, 2, 64",
    "1, 128, 1, 1, 128"
  })
  void oneHundredAndTwentyEightRowsAreABox(int height, int width, int images, int rows, int cols) {
    assertThat(HopperTile.Box.of(height, width)).isEqualTo(new HopperTile.Box(images, rows, cols));
  }

  @ParameterizedTest
  @CsvSource({"64, 96", "96, 200", "3, 64", "12, 8", "7, 7"})
  void orAreNot(int height, int width) {
    assertThat(HopperTile.Box.of(height, width)).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "4096, 320, 45, _128x160, 1", // the UNet's convolutions, by level
    "1024, 640, 90, _128x160, 2",
    "256, 1280, 180, _128x160, 4",
    "64, 1280, 180, _128x160, 16",
    "4096, 512, 72, _128x128, 1", // the VAE's
    "4096, 2560, 5, _128x160, 1",
    "77, 1280, 12, _128x160, 3"
  })
  void theUNetFillsAnH100(long rows, int n, int steps, String name, int splits) {
    var tile = HopperTile.choose(n);
    assertThat(tile.name()).isEqualTo(name);
    assertThat(HopperTile.splits(tile.blocks(rows, n), steps, 132)).isEqualTo(splits);
  }

  @Test
  void aTileLeavesRoomForNothingElse() {
    // An H100 gives a block 227 KB; five stages and what results go out through take nearly all.
    assertThat(HopperTile.choose(320).sharedMemory()).isLessThanOrEqualTo(227 << 10);
    assertThat(HopperTile.choose(512).sharedMemory()).isLessThanOrEqualTo(227 << 10);
  }
}
