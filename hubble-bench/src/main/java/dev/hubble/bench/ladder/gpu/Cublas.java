// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder.gpu;

import static org.bytedeco.cuda.global.cublas.CUBLAS_COMPUTE_32F;
import static org.bytedeco.cuda.global.cublas.CUBLAS_GEMM_DEFAULT;
import static org.bytedeco.cuda.global.cublas.CUBLAS_OP_N;
import static org.bytedeco.cuda.global.cublas.CUBLAS_OP_T;
import static org.bytedeco.cuda.global.cublas.cublasCreate_v2;
import static org.bytedeco.cuda.global.cublas.cublasGemmEx;
import static org.bytedeco.cuda.global.cublas.cublasGemmStridedBatchedEx;
import static org.bytedeco.cuda.global.cublas.cublasGetStatusName;
import static org.bytedeco.cuda.global.cublas.cublasGetVersion_v2;
import static org.bytedeco.cuda.global.cublas.cublasSetStream_v2;

import dev.hubble.kernels.Tensor;
import dev.hubble.kernels.cuda.Workbench;
import java.util.function.Supplier;
import org.bytedeco.cuda.cublas.cublasContext;
import org.bytedeco.javacpp.FloatPointer;

/// NVIDIA's matrix products, as a baseline: f16, sums in float. cuBLAS counts by columns: what is
/// `[rows][columns]` here is its transpose there.
final class Cublas implements Library {
  private static final int F16 = 2; // CUDA_R_16F

  private final Workbench bench;
  private final cublasContext handle = new cublasContext();
  private final FloatPointer zero = new FloatPointer(0f);

  Cublas(Workbench bench) {
    this.bench = bench;
    long stream = bench.stream(); // makes the GPU's context current
    check(cublasCreate_v2(handle), "cublasCreate");
    check(cublasSetStream_v2(handle, At.stream(stream)), "cublasSetStream");
  }

  @Override
  public String version() {
    int[] version = {0};
    check(cublasGetVersion_v2(handle, version), "cublasGetVersion");
    return "cuBLAS %d.%d.%d"
        .formatted(version[0] / 10000, version[0] / 100 % 100, version[0] % 100);
  }

  /// `yᵀ = w xᵀ`.
  Supplier<Tensor> gemm(GpuGemm p) {
    var x = p.left(bench);
    var w = p.right(bench);
    var y = bench.tensor(p.m(), p.n());
    var one = new FloatPointer(1f);
    return () -> {
      bench.stream(); // what was asked for before comes first
      check(
          cublasGemmEx(
              handle,
              CUBLAS_OP_T,
              CUBLAS_OP_N,
              p.n(),
              p.m(),
              p.k(),
              one,
              new At(bench.address(w)),
              F16,
              p.k(),
              new At(bench.address(x)),
              F16,
              p.k(),
              zero,
              new At(bench.address(y)),
              F16,
              p.n(),
              CUBLAS_COMPUTE_32F,
              CUBLAS_GEMM_DEFAULT),
          "cublasGemmEx");
      return y;
    };
  }

  /// Both products by the library, over all heads of an image at once, with the matrix of scores in
  /// memory between them and the ladder's softmax over it.
  Supplier<Tensor> attention(GpuAttention p) {
    var on = GpuAttention.Operands.of(p, bench);
    int rows = p.images() * p.heads() * p.queries();
    var s = bench.tensor(p.images(), p.heads(), p.queries(), p.keys());
    var y = bench.tensor(p.images(), p.queries(), p.channels());
    var softmax = bench.kernel("rung_attention_softmax", 256, 0);
    var one = new FloatPointer(1f);
    var scale = new FloatPointer((float) p.scale());
    return () -> {
      bench.stream();
      for (int image = 0; image < p.images(); image++) {
        long q = bench.address(on.q()) + 2L * image * p.queries() * p.channels();
        long k = bench.address(on.k()) + 2L * image * p.keys() * p.channels();
        heads(
            p,
            CUBLAS_OP_T,
            p.keys(),
            p.queries(),
            p.width(),
            scale,
            k,
            p.channels(),
            p.width(),
            q,
            p.channels(),
            p.width(),
            scores(p, s, image),
            p.keys(),
            p.queries() * p.keys());
      }
      bench.launch(softmax, Math.ceilDiv(rows, 8), 1, 1, bench.address(s), rows, p.keys());
      bench.stream();
      for (int image = 0; image < p.images(); image++) {
        long v = bench.address(on.v()) + 2L * image * p.keys() * p.channels();
        long to = bench.address(y) + 2L * image * p.queries() * p.channels();
        heads(
            p,
            CUBLAS_OP_N,
            p.width(),
            p.queries(),
            p.keys(),
            one,
            v,
            p.channels(),
            p.width(),
            scores(p, s, image),
            p.keys(),
            p.queries() * p.keys(),
            to,
            p.channels(),
            p.width());
      }
      return y;
    };
  }

  private long scores(GpuAttention p, Tensor s, int image) {
    return bench.address(s) + 2L * image * p.heads() * p.queries() * p.keys();
  }

  /// A product per head: `C = scale · op(A) B`, columns first; a matrix is its address, the
  /// distance of its columns and that of its heads.
  private void heads(
      GpuAttention p,
      int op,
      int m,
      int n,
      int k,
      FloatPointer scale,
      long a,
      int ofA,
      int headA,
      long b,
      int ofB,
      int headB,
      long c,
      int ofC,
      int headC) {
    check(
        cublasGemmStridedBatchedEx(
            handle,
            op,
            CUBLAS_OP_N,
            m,
            n,
            k,
            scale,
            new At(a),
            F16,
            ofA,
            headA,
            new At(b),
            F16,
            ofB,
            headB,
            zero,
            new At(c),
            F16,
            ofC,
            headC,
            p.heads(),
            CUBLAS_COMPUTE_32F,
            CUBLAS_GEMM_DEFAULT),
        "cublasGemmStridedBatchedEx");
  }

  private static void check(int status, String call) {
    if (status != 0) {
      throw new IllegalStateException(call + " failed: " + cublasGetStatusName(status).getString());
    }
  }
}
