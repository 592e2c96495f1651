// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.Tiling;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WrappedTilesTest {
  /// A network that looks at one pixel at a time sees no difference between a tile and the whole.
  @ParameterizedTest
  @CsvSource({
    "8, 9, X",
    "9, 8, Y",
    "9, 9, XY",
    "20, 13, XY",
    "20, 13, X",
    "5, 31, XY",
    "33, 40, Y",
    "17, 1, XY"
  })
  void aNetworkThatSeesOnePixelSeesNoTiles(int h, int w, Tiling tiling) {
    float[] image = new float[h * w * 2];
    for (int i = 0; i < image.length; i++) {
      image[i] = (i * 37 % 101) / 50f - 1;
    }
    float[] whole = Resize.NEAREST.apply(image, h, w, 2, 4 * h, 4 * w);
    float[] tiled =
        new WrappedTiles(8, 1, 4, tiling)
            .run(
                image,
                h,
                w,
                2,
                (tile, rows, columns, inside) ->
                    Resize.NEAREST.apply(tile, rows, columns, 2, 4 * rows, 4 * columns));
    assertThat(tiled).hasSameSizeAs(whole);
    for (int i = 0; i < whole.length; i++) {
      assertThat(Math.abs(tiled[i] - whole[i])).isLessThanOrEqualTo(2e-7f);
    }
    float[] back =
        new WrappedTiles(8, 4, 1, tiling)
            .run(
                whole,
                h,
                w,
                2,
                (tile, rows, columns, inside) ->
                    Resize.NEAREST.apply(tile, rows, columns, 2, rows / 4, columns / 4));
    for (int i = 0; i < image.length; i++) {
      assertThat(Math.abs(back[i] - image[i])).isLessThanOrEqualTo(2e-7f);
    }
  }

  /// Tiles that answer with their own number show where each is looked at: a circle of 20 has four
  /// of 8, five apart, and the last one ends where the first has faded in.
  @Test
  void tilesStandInACircle() {
    var begun = new ArrayList<Integer>();
    float[] circle = new float[20];
    for (int i = 0; i < 20; i++) {
      circle[i] = i;
    }
    float[] seen =
        new WrappedTiles(8, 1, 1, Tiling.X)
            .run(
                circle,
                1,
                20,
                1,
                (tile, rows, columns, inside) -> {
                  assertThat(inside).isEqualTo(Tiling.NONE);
                  for (int i = 0; i < columns; i++) {
                    assertThat(tile[i]).isEqualTo((tile[0] + i) % 20);
                  }
                  begun.add((int) tile[0]);
                  float[] constant = new float[columns];
                  Arrays.fill(constant, begun.size());
                  return constant;
                });
    assertThat(begun).isEqualTo(List.of(0, 5, 10, 15));
    assertThat(seen)
        .containsExactly(4, 2.5f, 1, 1, 1, 1, 1.5f, 2, 2, 2, 2, 2.5f, 3, 3, 3, 3, 3.5f, 4, 4, 4);
  }

  @Test
  void anAxisOfOneTileWrapsWithinTheNetwork() {
    var inside = new ArrayList<Tiling>();
    for (var tiling : List.of(Tiling.XY, Tiling.Y, Tiling.X)) {
      var _ =
          new WrappedTiles(8, 1, 1, tiling)
              .run(
                  new float[8 * 20],
                  8,
                  20,
                  1,
                  (tile, rows, columns, whole) -> {
                    inside.add(whole);
                    return tile;
                  });
    }
    assertThat(inside.stream().distinct()).containsExactly(Tiling.Y, Tiling.NONE);
  }
}
