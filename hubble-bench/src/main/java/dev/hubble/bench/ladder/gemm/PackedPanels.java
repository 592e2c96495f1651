// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder.gemm;

import static dev.hubble.bench.ladder.gemm.RegisterTile.PANEL;

import dev.hubble.bench.ladder.Rung;

/// Rung 6: W is rearranged once, when it is loaded, into panels: the strip of W that a tile reads
/// is one piece of memory, in the order in which it is read. The last panel is filled up with
/// zeros.
///
/// And the depth is cut in blocks: a block of a panel stays in the first cache while the rows pass
/// over it. For each block a sum is fetched and put back once, which 160 multiply-adds outweigh.
public final class PackedPanels {
  /// A block of a panel is 40 KB where vectors have 512 bits.
  private static final int DEPTH = 160;

  private final int depth;
  private final int panels;
  private final float[] packed;

  /// Packs a matrix whose element (k,o) is `w[at + k·perDepth + o·perOut]`.
  public PackedPanels(float[] w, int at, int perDepth, int perOut, int depth, int outs) {
    this.depth = depth;
    this.panels = Math.ceilDiv(outs, PANEL);
    this.packed = new float[panels * depth * PANEL];
    for (int o = 0; o < outs; o++) {
      int into = o / PANEL * depth * PANEL + o % PANEL;
      for (int k = 0; k < depth; k++) {
        packed[into + k * PANEL] = w[at + k * perDepth + o * perOut];
      }
    }
  }

  /// Packs a matrix `[depth][outs]`.
  public PackedPanels(float[] w, int depth, int outs) {
    this(w, 0, outs, 1, depth, outs);
  }

  static Rung.Prepared prepare(GemmProblem p) {
    var w = new PackedPanels(p.w(), p.depth(), p.outs());
    int[] rows = rows(p.rows(), 0, p.depth());
    if (w.width() == p.outs()) {
      return () -> w.multiply(p.x(), rows, 1, 0, p.y(), 0);
    }
    float[] wide = new float[p.rows() * w.width()];
    return () -> {
      w.multiply(p.x(), rows, 1, 0, wide, 0);
      unpad(wide, w.width(), p.y(), p.outs());
    };
  }

  /// How many columns a result has, the zeros of the last panel included.
  public int width() {
    return panels * PANEL;
  }

  /// `Y = X·W` for rows of X that begin at `xRows`, into `y`, `[rows][width]`. A row may be in
  /// several pieces of the same length, `step` apart.
  public void multiply(float[] x, int[] xRows, int pieces, int step, float[] y, int yAt) {
    int length = depth / pieces;
    for (int panel = 0; panel < panels; panel++) {
      for (int piece = 0; piece < pieces; piece++) {
        for (int k = 0; k < length; k += DEPTH) {
          multiply(
              panel,
              piece * length + k,
              Math.min(DEPTH, length - k),
              x,
              xRows,
              piece * step + k,
              y,
              yAt + panel * PANEL,
              width(),
              piece + k > 0);
        }
      }
    }
  }

  /// One block of one panel, from depth `from` on, for all rows.
  public void multiply(
      int panel,
      int from,
      int count,
      float[] x,
      int[] xRows,
      int xShift,
      float[] y,
      int yAt,
      int yStep,
      boolean accumulate) {
    int at = (panel * depth + from) * PANEL;
    for (int r = 0; r < xRows.length; r += RegisterTile.ROWS) {
      RegisterTile.multiply(
          x, xRows, xShift, r, count, packed, at, PANEL, y, yAt, yStep, accumulate);
    }
  }

  /// Where `count` rows begin that are `step` apart.
  public static int[] rows(int count, int at, int step) {
    int[] rows = new int[count];
    for (int r = 0; r < count; r++) {
      rows[r] = at + r * step;
    }
    return rows;
  }

  /// Copies the columns that count.
  public static void unpad(float[] wide, int width, float[] y, int outs) {
    for (int r = 0; r < y.length / outs; r++) {
      System.arraycopy(wide, r * width, y, r * outs, outs);
    }
  }
}
