// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder.convolution;

import dev.hubble.bench.ladder.Rung;
import dev.hubble.bench.ladder.gemm.PackedPanels;

/// Rungs 4 and 5: fewer multiplications. A tile of outputs is computed from transformed inputs and
/// a transformed filter; between the transforms stands one product for each of the n² positions of
/// a tile, over all tiles and channels: again the matrix product, n² small ones.
///
/// What the products save, the transforms cost: they move the image through the caches several
/// times for few operations. And the transformed filter is larger than the filter.
final class Winograd {
  /// Tiles at a time, so that what lies between the transforms stays in the second cache.
  private static final int TILES = 32;

  private final ConvProblem c;
  private final Transforms t;
  private final int tilesAcross;
  private final int tiles;
  private final int columns;
  private final PackedPanels[] filters; // one for each position
  private final float[] bordered;
  private final float[] inputs; // [position][tile][ins]
  private final float[] products; // [position][tile][outs and padding]
  private final float[] half;
  private final float[] tile;

  private Winograd(ConvProblem c, Transforms t) {
    this.c = c;
    this.t = t;
    tilesAcross = Math.ceilDiv(c.width(), t.m());
    int tilesDown = Math.ceilDiv(c.height(), t.m());
    tiles = tilesAcross * tilesDown;
    columns = tilesAcross * t.m() + 2;
    bordered = c.bordered(tilesDown * t.m() + 2, columns);
    filters = filters(c, t);
    int n = t.n();
    inputs = new float[n * n * TILES * c.ins()];
    products = new float[n * n * TILES * filters[0].width()];
    half = new float[n * n * Math.max(c.ins(), c.outs())];
    tile = new float[t.m() * t.m() * c.outs()];
  }

  static Rung.Prepared prepare(ConvProblem c, Transforms t) {
    return new Winograd(c, t)::run;
  }

  /// `G g Gᵀ` for every pair of channels, packed.
  private static PackedPanels[] filters(ConvProblem c, Transforms t) {
    int pairs = c.ins() * c.outs();
    double[][] g = t.filter();
    var all = new PackedPanels[t.n() * t.n()];
    for (int e = 0; e < all.length; e++) {
      float[] values = new float[pairs];
      for (int pair = 0; pair < pairs; pair++) {
        double sum = 0;
        for (int k = 0; k < 9; k++) {
          sum += g[e / t.n()][k / 3] * g[e % t.n()][k % 3] * c.w()[k * pairs + pair];
        }
        values[pair] = (float) sum;
      }
      all[e] = new PackedPanels(values, c.ins(), c.outs());
    }
    return all;
  }

  private void run() {
    c.border(bordered, columns);
    for (int first = 0; first < tiles; first += TILES) {
      int count = Math.min(TILES, tiles - first);
      for (int i = 0; i < count; i++) {
        transformInput(first + i, i);
      }
      for (int e = 0; e < filters.length; e++) {
        int[] rows = PackedPanels.rows(count, e * TILES * c.ins(), c.ins());
        filters[e].multiply(inputs, rows, 1, 0, products, e * TILES * filters[e].width());
      }
      for (int i = 0; i < count; i++) {
        transformOutput(first + i, i);
      }
    }
  }

  private void transformInput(int index, int slot) {
    int ins = c.ins();
    int pixel = (index / tilesAcross * columns + index % tilesAcross) * t.m();
    int position = TILES * ins;
    Transforms.apply(
        t.inputs(),
        bordered,
        pixel * ins,
        columns * ins,
        ins,
        ins,
        half,
        inputs,
        slot * ins,
        t.n() * position,
        position);
  }

  private void transformOutput(int index, int slot) {
    int outs = c.outs();
    int position = TILES * filters[0].width();
    Transforms.apply(
        t.outputs(),
        products,
        slot * filters[0].width(),
        t.n() * position,
        position,
        outs,
        half,
        tile,
        0,
        t.m() * outs,
        outs);
    int p = index / tilesAcross * t.m();
    int q = index % tilesAcross * t.m();
    int columnsLeft = Math.min(t.m(), c.width() - q);
    for (int i = 0; i < Math.min(t.m(), c.height() - p); i++) {
      System.arraycopy(
          tile, i * t.m() * outs, c.y(), ((p + i) * c.width() + q) * outs, columnsLeft * outs);
    }
  }
}
