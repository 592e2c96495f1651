// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TilesTest {
  /// A network that looks at one pixel at a time sees no difference between a tile and the whole:
  /// tiled or not, the result is the same.
  @ParameterizedTest
  @CsvSource({"8, 8", "9, 8", "20, 13", "8, 31", "33, 40", "16, 1"})
  void aNetworkThatSeesOnePixelSeesNoTiles(int h, int w) {
    float[] image = new float[h * w * 2];
    for (int i = 0; i < image.length; i++) {
      image[i] = (i * 37 % 101) / 50f - 1;
    }
    float[] whole = enlarge(image, h, w);
    float[] tiled = Tiles.decoding(8, 4).run(image, h, w, 2, TilesTest::enlarge);
    assertThat(tiled).hasSameSizeAs(whole);
    for (int i = 0; i < whole.length; i++) {
      assertThat(Math.abs(tiled[i] - whole[i])).isLessThanOrEqualTo(2e-7f);
    }
    float[] back = Tiles.encoding(32, 4).run(whole, 4 * h, 4 * w, 2, TilesTest::shrink);
    assertThat(back).isEqualTo(image);
  }

  private static float[] enlarge(float[] tile, int rows, int columns) {
    return Resize.NEAREST.apply(tile, rows, columns, 2, 4 * rows, 4 * columns);
  }

  private static float[] shrink(float[] tile, int rows, int columns) {
    float[] small = new float[tile.length / 16];
    for (int y = 0; y < rows; y += 4) {
      for (int x = 0; x < columns; x += 4) {
        System.arraycopy(
            tile, (y * columns + x) * 2, small, (y / 4 * (columns / 4) + x / 4) * 2, 2);
      }
    }
    return small;
  }

  /// Tiles that answer with their own number show where each is looked at: a line of 20 with tiles
  /// of 8 begins one at 0, 6, 12 and 18, and each fades in over the two that it shares.
  @Test
  void tilesFadeIntoEachOther() {
    var begun = new ArrayList<Integer>();
    float[] line = new float[20];
    for (int i = 0; i < 20; i++) {
      line[i] = i;
    }
    float[] seen =
        Tiles.decoding(8, 1)
            .run(
                line,
                1,
                20,
                1,
                (tile, rows, columns) -> {
                  begun.add((int) tile[0]);
                  float[] constant = new float[columns];
                  Arrays.fill(constant, begun.size());
                  return constant;
                });
    assertThat(begun).isEqualTo(List.of(0, 6, 12, 18));
    assertThat(seen)
        .containsExactly(1, 1, 1, 1, 1, 1, 1, 1.5f, 2, 2, 2, 2, 2, 2.5f, 3, 3, 3, 3, 3, 3.5f);
  }
}
