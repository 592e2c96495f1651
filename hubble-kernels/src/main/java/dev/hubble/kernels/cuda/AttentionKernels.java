// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import dev.hubble.kernels.DType;
import dev.hubble.kernels.heap.Arguments;
import java.util.List;

/// Launches attention: of the kernels for different head sizes the smallest that will do.
final class AttentionKernels {
  private static final int WIDEST = 512;

  /// @param head the widest head that it does
  /// @param rows queries that a block does
  private record Variant(int head, int rows, int block, int sharedMemory) {}

  private static final List<Variant> VARIANTS =
      List.of(
          new Variant(40, 64, 128, 35_840),
          new Variant(64, 64, 128, 46_080),
          new Variant(80, 64, 128, 56_320),
          new Variant(160, 64, 128, 64_512),
          new Variant(512, 32, 256, 99_840));

  private final CudaOps ops;

  AttentionKernels(CudaOps ops) {
    this.ops = ops;
  }

  /// `y = softmax(q kᵀ / √d) v` for each head.
  void run(CudaTensor q, CudaTensor k, CudaTensor v, CudaTensor y, int heads, boolean causal) {
    int channels = q.dim(2);
    int d = channels / heads;
    Arguments.require(
        d <= WIDEST, "attention", "a head may have at most 512 channels on a GPU", q.shape(), d);
    var variant = variant(d);
    var name =
        "hb_attention_"
            + Kernels.suffix(ops.dtype())
            + (variant.head == 0 ? "_any" : "_" + variant.head);
    try (var operands = new Operands(ops)) {
      ops.device
          .queue()
          .launch(
              ops.device.kernels().get(name, variant.block, maxSharedMemory(variant)),
              Math.ceilDiv(q.dim(1), variant.rows),
              heads,
              q.dim(0),
              variant.sharedMemory,
              operands.in(q),
              operands.in(k),
              operands.in(v),
              y.address(),
              q.dim(1),
              k.dim(1),
              heads,
              d,
              channels,
              channels,
              channels,
              CudaOps.bits((float) (1 / Math.sqrt(d))),
              causal ? 1 : 0);
    }
  }

  private Variant variant(int d) {
    if (ops.dtype() != DType.F32 && d % 8 == 0) {
      for (var each : VARIANTS) {
        if (d <= each.head && each.sharedMemory <= ops.device.sharedMemory()) {
          return each;
        }
      }
    }
    return new Variant(0, 8, 256, 32 * d + 9344);
  }

  /// The one for any width takes less than what needs permission.
  private static int maxSharedMemory(Variant variant) {
    return variant.head == 0 ? 0 : variant.sharedMemory;
  }
}
