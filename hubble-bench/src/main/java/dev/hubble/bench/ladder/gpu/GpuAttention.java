// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder.gpu;

import dev.hubble.kernels.Tensor;
import dev.hubble.kernels.cuda.Workbench;
import java.util.List;
import java.util.function.Supplier;

/// `softmax(Q Kᵀ / √width) V` for each head; the heads lie side by side in the channels of a row.
///
/// @param width of a head
/// @param q `[images][queries][heads·width]`
/// @param k `[images][keys][heads·width]`
/// @param v `[images][keys][heads·width]`
record GpuAttention(
    int images, int queries, int keys, int heads, int width, float[] q, float[] k, float[] v)
    implements GpuProblem {
  private static final int WIDEST = 512;

  static GpuAttention of(int images, int queries, int keys, int heads, int width) {
    Numbers.eights("attention", width);
    if (width > WIDEST) {
      throw new IllegalArgumentException("A head may have at most " + WIDEST + " channels.");
    }
    int channels = heads * width;
    return new GpuAttention(
        images,
        queries,
        keys,
        heads,
        width,
        Numbers.halves("q", 2, images, queries, channels),
        Numbers.halves("k", 2, images, keys, channels),
        Numbers.halves("v", 1, images, keys, channels));
  }

  int channels() {
    return heads * width;
  }

  double scale() {
    return 1 / Math.sqrt(width);
  }

  /// The two products alone.
  @Override
  public double flops() {
    return 4.0 * images * queries * keys * channels();
  }

  @Override
  public long bytes() {
    return 2L * images * channels() * (2L * queries + 2L * keys);
  }

  @Override
  public int size() {
    return Math.multiplyExact(images * queries, channels());
  }

  @Override
  public double expected(int at) {
    int channel = at % channels();
    int row = at / channels();
    int head = channel / width * width;
    double[] scores = new double[keys];
    double max = Double.NEGATIVE_INFINITY;
    for (int j = 0; j < keys; j++) {
      int key = (row / queries * keys + j) * channels() + head;
      for (int c = 0; c < width; c++) {
        scores[j] += (double) q[row * channels() + head + c] * k[key + c] * scale();
      }
      max = Math.max(max, scores[j]);
    }
    double sum = 0;
    double weighted = 0;
    for (int j = 0; j < keys; j++) {
      double e = Math.exp(scores[j] - max);
      sum += e;
      weighted += e * v[(row / queries * keys + j) * channels() + channel];
    }
    return weighted / sum;
  }

  /// Weights are rounded to f16, too, and where scores are written, those.
  @Override
  public double limit() {
    return 3e-3;
  }

  @Override
  public List<GpuRung> rungs(Workbench bench) {
    var on = Operands.of(this, bench);
    return List.of(
        new GpuRung("scores written, a thread per result", written(bench, on)),
        new GpuRung("no score matrix, plain multiply-adds", plain(bench, on)),
        production(bench, "production, no score matrix, tensor cores"));
  }

  record Operands(Tensor q, Tensor k, Tensor v) {
    static Operands of(GpuAttention p, Workbench bench) {
      var ops = bench.ops();
      return new Operands(
          Numbers.upload(ops, p.q, p.images, p.queries, p.channels()),
          Numbers.upload(ops, p.k, p.images, p.keys, p.channels()),
          Numbers.upload(ops, p.v, p.images, p.keys, p.channels()));
    }
  }

  private Supplier<Tensor> written(Workbench bench, Operands on) {
    var scores = bench.kernel("rung_attention_scores", 256, 0);
    var softmax = bench.kernel("rung_attention_softmax", 256, 0);
    var values = bench.kernel("rung_attention_values", 256, 0);
    var s = bench.tensor(images, heads, queries, keys);
    var y = bench.tensor(images, queries, channels());
    return () -> {
      bench.launch(
          scores,
          Math.ceilDiv(keys, 256),
          queries,
          (long) images * heads,
          bench.address(on.q),
          bench.address(on.k),
          bench.address(s),
          queries,
          keys,
          heads,
          width,
          Float.floatToRawIntBits((float) scale()));
      long rows = (long) images * heads * queries;
      bench.launch(softmax, Math.ceilDiv(rows, 8), 1, 1, bench.address(s), rows, keys);
      bench.launch(
          values,
          Math.ceilDiv(channels(), 256),
          queries,
          images,
          bench.address(s),
          bench.address(on.v),
          bench.address(y),
          queries,
          keys,
          heads,
          width);
      return y;
    };
  }

  /// The kernel that production has for heads of any width and for float32.
  private Supplier<Tensor> plain(Workbench bench, Operands on) {
    var kernel = bench.production("hb_attention_f16_any", 256, 32 * width + 9344);
    var y = bench.tensor(images, queries, channels());
    return () -> {
      bench.launch(
          kernel,
          Math.ceilDiv(queries, 8),
          heads,
          images,
          bench.address(on.q),
          bench.address(on.k),
          bench.address(on.v),
          bench.address(y),
          queries,
          keys,
          heads,
          width,
          channels(),
          channels(),
          channels(),
          Float.floatToRawIntBits((float) scale()),
          0);
      return y;
    };
  }

  @Override
  public GpuRung production(Workbench bench, String title) {
    var on = Operands.of(this, bench);
    return new GpuRung(title, () -> bench.ops().attention(on.q, on.k, on.v, heads, false));
  }
}
