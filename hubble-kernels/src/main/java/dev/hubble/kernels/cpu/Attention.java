// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

import dev.hubble.kernels.heap.Block;
import dev.hubble.kernels.heap.CacheLine;
import dev.hubble.kernels.heap.HeapTensor;
import java.util.Arrays;

/// Attention without the L x M matrix of scores (Dao et al., 2022, arXiv:2205.14135), queries in
/// lanes.
///
/// A tile is one panel of queries of one head. With a query per lane, `Sᵀ = K Qᵀ` and `Oᵀ = Vᵀ Pᵀ`
/// are both the product that [Kernels#multiply] computes, the softmax over the keys needs no sums
/// across lanes, and a head width such as 40 needs no filling up.
final class Attention {
  /// Keys per block, at most: their scores for a wide panel of queries are 24 KB, which stay near,
  /// and the 77 keys of a prompt are one block.
  private static final int KEYS = 96;

  /// [Kernels#softmax] asks for scores below this if it is told that they are bounded.
  private static final float BOUND = 1 << 20;

  /// Where the panels of a tile begin in their arrays.
  private static final int LINE = CacheLine.FIRST;

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
    // What tiles read again and again lies together: strided rows would compete for the same places
    // in the cache.
    var packed = ops.scratch("attention", (long) images * heads * width * keys);
    var values = ops.scratch("attention", (long) images * heads * width * keys);
    float[] largest = new float[images * heads];
    try {
      ops.parallel(
          images * heads,
          h -> {
            pack(k, h / heads, h % heads, width, keys, packed);
            int at = packed.offset() + h * width * keys;
            largest[h] = ops.kernels().largest(packed.data(), at, width * keys);
            transpose(ops.kernels(), v, h / heads, h % heads, width, keys, values);
          });
      int panels = Math.ceilDiv(queries, ops.kernels().panel());
      ops.parallel(
          images * heads * panels,
          t -> {
            int head = t / panels;
            int first = t % panels * ops.kernels().panel();
            tile(ops, q, packed, largest[head], values, head, heads, first, keys, causal, y);
          });
    } finally {
      ops.release(values);
      ops.release(packed);
    }
  }

  /// Copies one head of k, `[keys][width]`, out of rows of all heads.
  private static void pack(HeapTensor k, int image, int head, int width, int keys, Block into) {
    int channels = k.dim(2);
    int at = into.offset() + (image * (channels / width) + head) * width * keys;
    int from = k.offset() + image * keys * channels + head * width;
    for (int j = 0; j < keys; j++) {
      System.arraycopy(k.data(), from + j * channels, into.data(), at + j * width, width);
    }
  }

  /// Copies one head of v, `[keys][width]`, as `[width][keys]`.
  private static void transpose(
      Kernels kernels, HeapTensor v, int image, int head, int width, int keys, Block into) {
    int channels = v.dim(2);
    int from = v.offset() + image * keys * channels + head * width;
    int at = into.offset() + (image * (channels / width) + head) * width * keys;
    kernels.transpose(v.data(), from, channels, keys, width, 1, into.data(), at, keys);
  }

  /// One panel of queries from query `first` of an image on, for head `head` of all images' heads.
  ///
  /// @param largest of all elements of the keys
  private static void tile(
      CpuOps ops,
      HeapTensor q,
      Block packed,
      float largest,
      Block values,
      int head,
      int heads,
      int first,
      int keys,
      boolean causal,
      HeapTensor y) {
    var kernels = ops.kernels();
    int panel = kernels.panel();
    int channels = q.dim(2);
    int width = channels / heads;
    int count = Math.min(panel, q.dim(1) - first);
    int queryAt = (head / heads * q.dim(1) + first) * channels + head % heads * width;

    float[] qt = ops.floats(Scratch.Use.QUERIES, width * panel);
    queries(kernels, q, queryAt, count, width, panel, qt);
    float[] scores = ops.floats(Scratch.Use.SCORES, KEYS * panel);
    float[] out = ops.floats(Scratch.Use.WEIGHTED, width * panel);
    Arrays.fill(out, LINE, LINE + width * panel, 0);
    float[] sum = ops.floats(Scratch.Use.TOTALS, panel);
    Arrays.fill(sum, 0);
    float[] max = ops.floats(Scratch.Use.MAXIMA, panel);
    Arrays.fill(max, Float.NEGATIVE_INFINITY);
    // False for NaN. What hides the future is infinite.
    boolean bounded = !causal && width * largest * kernels.largest(qt, LINE, width * panel) < BOUND;

    int at = head * width * keys;
    int blocks = Math.max(1, Math.ceilDiv(keys, KEYS));
    int each = Math.max(1, Math.ceilDiv(keys, blocks));
    int[] keyRows = Rows.list(ops, Scratch.Use.KEY_ROWS, each, packed.offset() + at, width);
    int[] scoreRows = Rows.list(ops, Scratch.Use.SCORE_ROWS, each, LINE, panel);
    int[] valueRows = Rows.list(ops, Scratch.Use.VALUE_ROWS, width, values.offset() + at, keys);
    int[] outRows = Rows.list(ops, Scratch.Use.WEIGHTED_ROWS, width, LINE, panel);
    int seen = causal ? Math.min(keys, first + count) : keys;
    for (int j = 0; j < seen; j += each) {
      int n = Math.min(each, seen - j);
      if (n < each) {
        Rows.end(keyRows, n);
        Rows.end(scoreRows, n);
      }
      // The first block's maxima will mostly do for the others; where they do not, once more.
      boolean weighed = false;
      for (boolean raise = !bounded || j == 0; !weighed; raise = true) {
        kernels.multiply(
            packed.data(),
            keyRows,
            j * width,
            width,
            qt,
            LINE,
            panel,
            scores,
            scoreRows,
            0,
            n,
            false);
        if (causal) {
          hideFuture(scores, n, j - first, panel);
        }
        if (raise) {
          kernels.softmax(scores, n, bounded, max, sum, out, width, LINE);
        }
        weighed = raise || kernels.softmaxBelow(scores, n, max, sum, LINE);
      }
      kernels.multiply(
          values.data(), valueRows, j, n, scores, LINE, panel, out, outRows, 0, width, true);
    }

    kernels.divide(out, width, sum, LINE);
    int to = y.offset() + queryAt;
    kernels.transpose(out, LINE, panel, width, count, 1, y.data(), to, channels);
  }

  /// The queries, one per column, times `log₂(e)/√d`, so that the softmax can use powers of 2.
  /// Columns without a query are 0.
  private static void queries(
      Kernels kernels, HeapTensor q, int at, int count, int width, int panel, float[] qt) {
    if (count < panel) {
      Arrays.fill(qt, LINE, LINE + width * panel, 0);
    }
    float scale = (float) (LOG2_E / Math.sqrt(width));
    int from = q.offset() + at;
    kernels.transpose(q.data(), from, q.dim(2), count, width, scale, qt, LINE, panel);
  }

  /// Gives key `ahead + j` no weight for the queries 0.. before it.
  private static void hideFuture(float[] scores, int keys, int ahead, int panel) {
    for (int j = Math.max(0, -ahead); j < keys; j++) {
      int hidden = Math.min(panel, ahead + j);
      int at = LINE + j * panel;
      Arrays.fill(scores, at, at + hidden, Float.NEGATIVE_INFINITY);
    }
  }
}
