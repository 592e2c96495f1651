// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder.gpu;

import dev.hubble.kernels.HostTensor;
import dev.hubble.kernels.Tensor;
import dev.hubble.kernels.cuda.Workbench;
import java.util.List;
import java.util.function.Supplier;

/// `y = x wᵀ`, a linear layer without bias.
///
/// @param m rows of x and y
/// @param n rows of w, columns of y
/// @param k columns of x and w: the length of the sums
record GpuGemm(int m, int n, int k, float[] x, float[] w) implements GpuProblem {
  /// Dynamic shared memory of the pipelined rungs: four stages of 128 + 128 rows of 40 numbers.
  static final int RING = 4 * (128 + 128) * 40 * 2;

  static GpuGemm of(int m, int n, int k) {
    Numbers.eights("gemm", n, k);
    return new GpuGemm(
        m, n, k, Numbers.halves("x", 1, m, k), Numbers.halves("w", 1 / Math.sqrt(k), n, k));
  }

  @Override
  public double flops() {
    return 2.0 * m * n * k;
  }

  @Override
  public long bytes() {
    return 2L * ((long) m * k + (long) n * k + (long) m * n);
  }

  @Override
  public int size() {
    return Math.multiplyExact(m, n);
  }

  @Override
  public double expected(int at) {
    double sum = 0;
    for (int i = 0; i < k; i++) {
      sum += (double) x[at / n * k + i] * w[at % n * k + i];
    }
    return sum;
  }

  @Override
  public double limit() {
    return 1e-3;
  }

  Tensor left(Workbench bench) {
    return Numbers.upload(bench.ops(), x, m, k);
  }

  Tensor right(Workbench bench) {
    return Numbers.upload(bench.ops(), w, n, k);
  }

  @Override
  public List<GpuRung> rungs(Workbench bench) {
    var left = left(bench);
    var right = right(bench);
    return List.of(
        new GpuRung("a thread per result", rung(bench, "naive", left, right, 16, 0)),
        new GpuRung("tiles in shared memory", rung(bench, "shared", left, right, 16, 0)),
        new GpuRung("tiles in registers", rung(bench, "registers", left, right, 128, 0)),
        new GpuRung("tensor cores", rung(bench, "tensor_cores", left, right, 128, 0)),
        new GpuRung("and a pipeline", rung(bench, "pipeline", left, right, 128, RING)),
        production(bench, "production"));
  }

  private Supplier<Tensor> rung(
      Workbench bench, String name, Tensor left, Tensor right, int tile, int sharedMemory) {
    var kernel = bench.kernel("rung_gemm_" + name, 256, sharedMemory);
    var y = bench.tensor(m, n);
    return () -> {
      bench.launch(
          kernel,
          Math.ceilDiv(m, tile),
          Math.ceilDiv(n, tile),
          1,
          bench.address(left),
          bench.address(right),
          bench.address(y),
          m,
          n,
          k);
      return y;
    };
  }

  @Override
  public GpuRung production(Workbench bench, String title) {
    var ops = bench.ops();
    var left = left(bench);
    var right = ops.linearWeight(HostTensor.of(w, n, k));
    return new GpuRung(title, () -> ops.linear(left, right, null));
  }
}
