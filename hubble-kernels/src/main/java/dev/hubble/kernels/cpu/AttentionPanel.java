// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

import dev.hubble.kernels.heap.CacheLine;
import dev.hubble.kernels.heap.HeapTensor;
import java.util.Arrays;

/// Attention of a panel of queries of one head, without a matrix of scores (Dao et al., 2022,
/// arXiv:2205.14135), queries in lanes.
///
/// With a query per lane, `Sᵀ = K Qᵀ` and `Oᵀ = Vᵀ Pᵀ` are both the product that [Kernels#multiply]
/// computes, the softmax over the keys needs no sums across lanes, and a head width such as 40
/// needs no filling up.
final class AttentionPanel {
  /// Stands for a bound of queries that nobody has looked for.
  static final float UNKNOWN = Float.POSITIVE_INFINITY;

  /// Keys per block, at most: their scores for a wide panel of queries are 24 KB, which stay near,
  /// and the 77 keys of a prompt are one block.
  private static final int KEYS = 96;

  /// [Kernels#softmax] asks for scores below this if it is told that they are bounded.
  private static final float BOUND = 1 << 20;

  /// With a sum of weights from here on, the largest is so far above the least that a weight can be
  /// that what is held at the least is nothing beside it.
  private static final float LEAST_SUM = 1f / (1L << Kernels.HEADROOM);

  /// Where panels begin in their arrays.
  private static final int LINE = CacheLine.FIRST;

  private static final double LOG2_E = 1 / Math.log(2);

  private final CpuOps ops;
  private final HeapTensor q;
  private final int heads;
  private final int width;
  private final int keys;
  private final boolean causal;
  private final HeapTensor y;

  /// For queries `q`, `[images][queries][channels]`, and results `y` of the same shape.
  ///
  /// @param keys of an image
  /// @param causal whether a query sees no key after its own
  AttentionPanel(CpuOps ops, HeapTensor q, int heads, int keys, boolean causal, HeapTensor y) {
    this.ops = ops;
    this.q = q;
    this.heads = heads;
    this.width = q.dim(2) / heads;
    this.keys = keys;
    this.causal = causal;
    this.y = y;
  }

  /// Panel p of the queries of one of all images' heads.
  ///
  /// @param copied the head's keys, `[keys][width]` from `keysAt` on
  /// @param largest of all elements of the keys
  /// @param values the head's values, `[width][keys]` from `valuesAt` on
  /// @param query no element of the queries is larger; or [#UNKNOWN]
  void run(
      int head,
      int p,
      float[] copied,
      int keysAt,
      float largest,
      float[] values,
      int valuesAt,
      float query) {
    var kernels = ops.kernels();
    int panel = kernels.panel();
    int first = p * panel;
    int channels = q.dim(2);
    int count = Math.min(panel, q.dim(1) - first);
    int at = (head / heads * q.dim(1) + first) * channels + head % heads * width;

    float[] qt = ops.floats(Scratch.Use.QUERIES, width * panel);
    queries(at, count, qt);
    float[] out = ops.floats(Scratch.Use.WEIGHTED, width * panel);
    float[] sum = ops.floats(Scratch.Use.TOTALS, panel);
    // False for NaN. What hides the future is infinite.
    boolean bounded =
        !causal
            && (width * largest * (query * scale()) < BOUND
                || width * largest * kernels.largest(qt, LINE, width * panel) < BOUND);
    // A softmax is the same whatever is subtracted from all scores: their maximum, or nothing. So
    // maxima are looked for only where sums tell that weights are too large or too small.
    if (!bounded || !attend(p, false, bounded, copied, keysAt, values, valuesAt)) {
      attend(p, true, bounded, copied, keysAt, values, valuesAt);
    }
    kernels.divide(out, width, sum, LINE);
    int to = y.offset() + at;
    kernels.transpose(out, LINE, panel, width, count, 1, y.data(), to, channels);
  }

  /// The queries, one per column, times `log₂(e)/√d`, so that the softmax can use powers of 2.
  /// Columns without a query are 0.
  private void queries(int at, int count, float[] qt) {
    var kernels = ops.kernels();
    int panel = kernels.panel();
    if (count < panel) {
      Arrays.fill(qt, LINE, LINE + width * panel, 0);
    }
    int from = q.offset() + at;
    kernels.transpose(q.data(), from, q.dim(2), count, width, scale(), qt, LINE, panel);
  }

  private float scale() {
    return (float) (LOG2_E / Math.sqrt(width));
  }

  /// Adds up weights and weighted values of panel p's queries, which are this thread's.
  ///
  /// @param maxima whether to begin with the maxima of the first block of keys, not with 0
  /// @param bounded what [Kernels#softmax] asks
  /// @return false if a sum is too small to be exact
  private boolean attend(
      int p,
      boolean maxima,
      boolean bounded,
      float[] copied,
      int keysAt,
      float[] values,
      int valuesAt) {
    var kernels = ops.kernels();
    int panel = kernels.panel();
    float[] qt = ops.floats(Scratch.Use.QUERIES, width * panel);
    float[] scores = ops.floats(Scratch.Use.SCORES, KEYS * panel);
    float[] out = ops.floats(Scratch.Use.WEIGHTED, width * panel);
    Arrays.fill(out, LINE, LINE + width * panel, 0);
    float[] sum = ops.floats(Scratch.Use.TOTALS, panel);
    Arrays.fill(sum, 0);
    float[] max = ops.floats(Scratch.Use.MAXIMA, panel);
    Arrays.fill(max, maxima ? Float.NEGATIVE_INFINITY : 0);

    int blocks = Math.max(1, Math.ceilDiv(keys, KEYS));
    int each = Math.max(1, Math.ceilDiv(keys, blocks));
    int[] keyRows = Rows.list(ops, Scratch.Use.KEY_ROWS, each, keysAt, width);
    int[] scoreRows = Rows.list(ops, Scratch.Use.SCORE_ROWS, each, LINE, panel);
    int[] valueRows = Rows.list(ops, Scratch.Use.VALUE_ROWS, width, valuesAt, keys);
    int[] outRows = Rows.list(ops, Scratch.Use.WEIGHTED_ROWS, width, LINE, panel);
    int first = p * panel;
    int seen = causal ? Math.min(keys, Math.min(q.dim(1), first + panel)) : keys;
    for (int j = 0; j < seen; j += each) {
      int n = Math.min(each, seen - j);
      if (n < each) {
        Rows.end(keyRows, n);
        Rows.end(scoreRows, n);
      }
      // Maxima that did for the keys before mostly do for these; where they do not, once more.
      boolean weighed = false;
      for (boolean raise = !bounded || (maxima && j == 0); !weighed; raise = true) {
        kernels.multiply(
            copied, keyRows, j * width, width, qt, LINE, panel, scores, scoreRows, 0, n, false);
        if (causal) {
          hideFuture(scores, n, j - first, panel);
        }
        if (raise) {
          kernels.softmax(scores, n, bounded, max, sum, out, width, LINE);
        }
        weighed = raise || kernels.softmaxBelow(scores, n, max, sum, LINE);
      }
      kernels.multiply(values, valueRows, j, n, scores, LINE, panel, out, outRows, 0, width, true);
    }
    return maxima || !anyBelow(sum, panel, LEAST_SUM);
  }

  private static boolean anyBelow(float[] sum, int panel, float least) {
    for (int i = LINE; i < LINE + panel; i++) {
      if (sum[i] < least) {
        return true;
      }
    }
    return false;
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
