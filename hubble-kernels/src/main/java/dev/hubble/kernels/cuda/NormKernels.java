// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import dev.hubble.kernels.DType;

/// Launches normalisations. They compute in the format of sums, which they take apart; their result
/// is in that of `y`.
final class NormKernels {
  private static final int MOST_CHUNKS = 64;
  private static final long PER_CHUNK = 16_384; // elements of which a block takes the statistics
  private static final long PER_BLOCK = 8192; // elements that a block normalises

  private final CudaOps ops;
  private final DType type;

  NormKernels(CudaOps ops) {
    this.ops = ops;
    type = ops.sums();
  }

  /// Group normalisation, and SiLU if it follows: statistics by chunks of places, then the rest.
  void group(
      CudaTensor x,
      CudaTensor gamma,
      CudaTensor beta,
      CudaTensor y,
      int groups,
      float eps,
      boolean silu) {
    if (y.size() == 0) {
      return;
    }
    int images = y.dim(0);
    int c = y.dim(-1);
    int places = (int) (y.size() / images / c);
    long wanted = Math.ceilDiv((long) places * c, PER_CHUNK);
    int chunks = (int) Math.min(Math.min(MOST_CHUNKS, places), wanted);
    int statsMemory = 8 * Math.max(c, 2048);
    try (var operands = new Operands(ops)) {
      var from = operands.channels(x, type);
      long to = operands.out(y, type);
      long partial = operands.scratch(8L * images * chunks * groups);
      ops.device
          .queue()
          .launch(
              kernel("hb_group_stats", statsMemory),
              chunks,
              images,
              1,
              statsMemory,
              from.first(),
              from.second(),
              partial,
              places,
              c,
              from.width(),
              groups,
              chunks);
      ops.device
          .queue()
          .launch(
              kernel("hb_group_norm", 8 * groups),
              Math.ceilDiv((long) places * c, PER_BLOCK),
              images,
              1,
              8 * groups,
              from.first(),
              from.second(),
              operands.in(gamma, type),
              operands.in(beta, type),
              partial,
              to,
              places,
              c,
              from.width(),
              groups,
              chunks,
              CudaOps.bits(eps),
              silu ? 1 : 0);
      operands.finish(y, to, type);
    }
  }

  /// Layer normalisation: a warp for each row.
  void layer(CudaTensor x, CudaTensor gamma, CudaTensor beta, CudaTensor y, float eps) {
    if (y.size() == 0) {
      return;
    }
    int c = y.dim(-1);
    long rows = y.size() / c;
    try (var operands = new Operands(ops)) {
      long to = operands.out(y, type);
      ops.device
          .queue()
          .launch(
              kernel("hb_layer_norm", 0),
              Math.ceilDiv(rows, 8),
              1,
              1,
              operands.in(x, type),
              operands.in(gamma, type),
              operands.in(beta, type),
              to,
              rows,
              c,
              CudaOps.bits(eps));
      operands.finish(y, to, type);
    }
  }

  private Kernels.Kernel kernel(String name, int sharedMemory) {
    return ops.device.kernels().get(name + "_" + Kernels.suffix(type), CudaOps.BLOCK, sharedMemory);
  }
}
