// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder.attention;

import static dev.hubble.bench.ladder.gemm.RegisterTile.PANEL;

import dev.hubble.bench.ladder.gemm.PackedPanels;
import java.util.Arrays;

/// Rung 4: no score matrix (Dao et al., 2022, arXiv:2205.14135). A block of queries meets one block
/// of keys after the other, and the scores between two blocks never leave the first cache.
///
/// The softmax needs the largest score of a row before it can begin, and the row is not known yet.
/// So it begins with what is known, and when a larger score comes, what was summed so far is scaled
/// down (Milakov & Gimelshein, 2018, arXiv:1805.02867).
///
/// A row's maximum and sum are still taken across the lanes of vectors, which suits them badly, and
/// the panels of values are still filled up with zeros.
final class Flash {
  /// Queries in a block. Keys come in blocks of one panel.
  private static final int QUERIES = 64;

  private static final double LOG2_E = 1 / Math.log(2);

  private final AttentionProblem p;
  private final float scale;
  private final float[] scores = new float[QUERIES * PANEL];
  private final float[] max = new float[QUERIES];
  private final float[] sum = new float[QUERIES];

  private Flash(AttentionProblem p) {
    this.p = p;
    this.scale = (float) (LOG2_E / Math.sqrt(p.width()));
  }

  static void attend(AttentionProblem p) {
    var flash = new Flash(p);
    int channels = p.channels();
    for (int head = 0; head < p.heads(); head++) {
      int at = head * p.width();
      var kt = new PackedPanels(p.k(), at, 1, channels, p.width(), p.keys());
      var v = new PackedPanels(p.v(), at, channels, 1, p.keys(), p.width());
      for (int first = 0; first < p.queries(); first += QUERIES) {
        flash.block(kt, v, at, first, Math.min(QUERIES, p.queries() - first));
      }
    }
  }

  private void block(PackedPanels kt, PackedPanels v, int at, int first, int count) {
    int[] queries = PackedPanels.rows(count, first * p.channels() + at, p.channels());
    int[] rows = PackedPanels.rows(count, 0, PANEL);
    float[] out = new float[count * v.width()];
    Arrays.fill(max, Float.NEGATIVE_INFINITY);
    Arrays.fill(sum, 0);
    for (int j = 0; j < p.keys(); j += PANEL) {
      int keys = Math.min(PANEL, p.keys() - j);
      kt.multiply(j / PANEL, 0, p.width(), p.q(), queries, 0, scores, 0, PANEL, false);
      for (int r = 0; r < count; r++) {
        softmax(r, keys, out, v.width());
      }
      for (int o = 0; o < v.width(); o += PANEL) {
        v.multiply(o / PANEL, j, keys, scores, rows, 0, out, o, v.width(), true);
      }
    }
    for (int r = 0; r < count; r++) {
      for (int c = 0; c < p.width(); c++) {
        p.y()[queries[r] + c] = out[r * v.width() + c] / sum[r];
      }
    }
  }

  /// One row of one block.
  private void softmax(int r, int keys, float[] out, int width) {
    float top = Math.max(max[r], VectorSoftmax.max(scores, r * PANEL, keys));
    float shrink = (float) Math.exp((max[r] - top) * scale / LOG2_E);
    float added = VectorSoftmax.exponentials(scores, r * PANEL, keys, top, scale);
    sum[r] = sum[r] * shrink + added;
    if (shrink != 1) {
      max[r] = top;
      for (int c = r * width; c < (r + 1) * width; c++) {
        out[c] *= shrink;
      }
    }
  }
}
