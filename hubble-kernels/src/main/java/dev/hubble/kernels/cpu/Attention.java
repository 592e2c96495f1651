// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

import dev.hubble.kernels.heap.Block;
import dev.hubble.kernels.heap.HeapTensor;
import java.util.Arrays;

/// Attention without the L x M matrix of scores (Dao et al., 2022, arXiv:2205.14135), queries in
/// lanes.
///
/// A tile is one panel of queries of one head. With a query per lane, `Sᵀ = K Qᵀ` and `Oᵀ = Vᵀ Pᵀ`
/// are both the product that [Kernels#multiply] computes, the softmax over the keys needs no sums
/// across lanes, and a head width such as 40 needs no filling up.
final class Attention {
  /// Keys per block: their scores for a wide panel of queries are 16 KB and stay in the first
  /// cache.
  private static final int KEYS = 64;

  private static final double LOG2_E = 1 / Math.log(2);

  private Attention() {}

  static void run(
      CpuOps ops,
      HeapTensor q,
      HeapTensor k,
      HeapTensor v,
      int heads,
      boolean causal,
      HeapTensor y) {
    int images = q.dim(0);
    int queries = q.dim(1);
    int keys = k.dim(1);
    int width = q.dim(2) / heads;
    var values = ops.scratch("attention", (long) images * heads * width * keys);
    try {
      ops.parallel(images * heads, h -> transpose(v, h / heads, h % heads, width, keys, values));
      int panels = Math.ceilDiv(queries, ops.kernels().panel());
      ops.parallel(
          images * heads * panels,
          t -> {
            int head = t / panels;
            int first = t % panels * ops.kernels().panel();
            tile(ops, q, k, values, head / heads, head % heads, width, first, keys, causal, y);
          });
    } finally {
      ops.release(values);
    }
  }

  /// Copies one head of v, `[keys][width]`, as `[width][keys]`.
  private static void transpose(
      HeapTensor v, int image, int head, int width, int keys, Block into) {
    int channels = v.dim(2);
    float[] vs = v.data();
    float[] transposed = into.data();
    int at = into.offset() + (image * (channels / width) + head) * width * keys;
    // In pieces of 16 keys, so that both sides stay in the first cache.
    for (int j0 = 0; j0 < keys; j0 += 16) {
      int j1 = Math.min(keys, j0 + 16);
      for (int i = 0; i < width; i++) {
        int from = v.offset() + image * keys * channels + head * width + i;
        for (int j = j0; j < j1; j++) {
          transposed[at + i * keys + j] = vs[from + j * channels];
        }
      }
    }
  }

  private static void tile(
      CpuOps ops,
      HeapTensor q,
      HeapTensor k,
      Block values,
      int image,
      int head,
      int width,
      int first,
      int keys,
      boolean causal,
      HeapTensor y) {
    var kernels = ops.kernels();
    int panel = kernels.panel();
    int channels = q.dim(2);
    int heads = channels / width;
    int count = Math.min(panel, q.dim(1) - first);
    int queryAt = (image * q.dim(1) + first) * channels + head * width;

    float[] qt = ops.floats(Scratch.Use.QUERIES, width * panel);
    queries(q, queryAt, count, width, panel, qt);
    float[] scores = ops.floats(Scratch.Use.SCORES, KEYS * panel);
    float[] out = ops.floats(Scratch.Use.WEIGHTED, width * panel);
    Arrays.fill(out, 0, width * panel, 0);
    float[] sum = ops.floats(Scratch.Use.TOTALS, panel);
    Arrays.fill(sum, 0, panel, 0);
    float[] max = ops.floats(Scratch.Use.MAXIMA, panel);
    Arrays.fill(max, 0, panel, Float.NEGATIVE_INFINITY);

    int keyAt = k.offset() + image * keys * channels + head * width;
    int valueAt = values.offset() + (image * heads + head) * width * keys;
    int[] keyRows = Rows.list(ops, Scratch.Use.KEY_ROWS, KEYS, keyAt, channels);
    int[] scoreRows = Rows.list(ops, Scratch.Use.SCORE_ROWS, KEYS, 0, panel);
    int[] valueRows = Rows.list(ops, Scratch.Use.VALUE_ROWS, width, valueAt, keys);
    int[] outRows = Rows.list(ops, Scratch.Use.WEIGHTED_ROWS, width, 0, panel);
    int seen = causal ? Math.min(keys, first + count) : keys;
    for (int j = 0; j < seen; j += KEYS) {
      int n = Math.min(KEYS, seen - j);
      if (n < KEYS) {
        Rows.end(keyRows, n);
        Rows.end(scoreRows, n);
      }
      int ahead = j * channels;
      kernels.multiply(
          k.data(), keyRows, ahead, width, qt, 0, panel, scores, scoreRows, 0, n, false);
      if (causal) {
        hideFuture(scores, n, j - first, panel);
      }
      kernels.softmax(scores, n, max, sum, out, width);
      kernels.multiply(
          values.data(), valueRows, j, n, scores, 0, panel, out, outRows, 0, width, true);
    }

    float[] ys = y.data();
    for (int r = 0; r < count; r++) {
      int at = y.offset() + queryAt + r * channels;
      for (int i = 0; i < width; i++) {
        ys[at + i] = out[i * panel + r] / sum[r];
      }
    }
  }

  /// The queries, one per column, times `log₂(e)/√d`, so that the softmax can use powers of 2.
  /// Columns without a query are 0.
  private static void queries(HeapTensor q, int at, int count, int width, int panel, float[] qt) {
    float[] qs = q.data();
    if (count < panel) {
      Arrays.fill(qt, 0, width * panel, 0);
    }
    float scale = (float) (LOG2_E / Math.sqrt(width));
    for (int r = 0; r < count; r++) {
      int from = q.offset() + at + r * q.dim(2);
      for (int i = 0; i < width; i++) {
        qt[i * panel + r] = qs[from + i] * scale;
      }
    }
  }

  /// Gives key `ahead + j` no weight for the queries 0.. before it.
  private static void hideFuture(float[] scores, int keys, int ahead, int panel) {
    for (int j = Math.max(0, -ahead); j < keys; j++) {
      int hidden = Math.min(panel, ahead + j);
      Arrays.fill(scores, j * panel, j * panel + hidden, Float.NEGATIVE_INFINITY);
    }
  }
}
