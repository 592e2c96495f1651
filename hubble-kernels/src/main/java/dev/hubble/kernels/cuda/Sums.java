// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

/// The sums of one product on their way to its result.
///
/// A kernel finishes them itself, bias and residual and all, if it has them whole and the result is
/// of the format of its factors. Otherwise it writes them bare, as floats, and a second kernel adds
/// up and finishes: where the sums were split because there are few tiles, where the left factor
/// comes in two parts ([Operands#factors]), and where factors are bf16 and the result is float32.
final class Sums {
  /// What is done to finished sums: addresses in the format of the result, or 0.
  ///
  /// @param moments where those of the result go
  /// @param rowsPerImage how many rows of the result one row of `perImage` is for
  record Rest(
      long bias, long perImage, long residual, long moments, int rowsPerImage, int activation) {
    /// Where a kernel whose bare sums go to `partial` writes moments: nowhere, unless it finishes.
    long moments(long partial) {
      return partial == 0 ? moments : 0;
    }
  }

  private static final int MOMENTS_COLUMNS = 64; // that a block does when it writes moments too

  private final CudaOps ops;
  private final CudaTensor y;
  private final int parts;
  private final int m;
  private final int n;
  private final int splits;
  private final Rest rest;
  private final long each; // bytes of one part's sums
  private final long partial;
  private final long second;

  /// @param parts in how many parts the left factor comes, one or two
  /// @param m rows of the result
  /// @param splits into how many parts a kernel cuts each sum
  Sums(Operands operands, int parts, CudaWeight w, CudaTensor y, int m, int splits, Rest rest) {
    this.ops = w.ops();
    this.y = y;
    this.parts = parts;
    this.m = m;
    this.n = w.shape().dim(0);
    this.splits = splits;
    this.rest = rest;
    boolean floats = y.dtype() != w.dtype();
    each = Float.BYTES * (long) splits * m * n;
    if (parts * splits == 1) {
      // One sum for each number: it may lie where the result will.
      partial = floats ? y.address() : 0;
      second = 0;
    } else if (splits == 1 && floats && rest.residual == 0 && rest.activation == CudaOps.NONE) {
      // As if the second part were the residual: images of the VAE are large.
      partial = operands.scratch(each);
      second = y.address();
    } else {
      partial = operands.scratch(parts * each);
      // Kernels write to multiples of 16 bytes only, and read all sums one after the other.
      second =
          parts == 1 ? 0 : each % CudaOps.ALIGNMENT == 0 ? partial + each : operands.scratch(each);
    }
  }

  /// Where the bare sums of a part go, or 0 if the kernel is to finish.
  long partial(int part) {
    return part == 0 ? partial : second;
  }

  /// Adds up and finishes what is bare.
  void finish() {
    if (partial == 0) {
      return;
    }
    boolean added = second == y.address();
    if (parts == 2 && !added && second != partial + each) {
      ops.device.queue().copy(partial + each, second, each);
    }
    long residual = added ? second : rest.residual;
    int sums = added ? 1 : parts * splits;
    var type = Kernels.suffix(y.dtype());
    var kernels = ops.device.kernels();
    if (rest.moments != 0) {
      ops.device
          .queue()
          .launch(
              kernels.get("hb_split_sum_moments_" + type, CudaOps.BLOCK, 0),
              m / Moments.ROWS,
              Math.ceilDiv(n, MOMENTS_COLUMNS),
              1,
              partial,
              rest.bias,
              rest.perImage,
              residual,
              y.address(),
              rest.moments,
              m,
              n,
              rest.rowsPerImage,
              rest.activation,
              sums);
      return;
    }
    long elements = (long) m * n / (rest.activation == CudaOps.GEGLU ? 2 : 1);
    ops.device
        .queue()
        .launch(
            kernels.get("hb_split_sum_" + type, CudaOps.BLOCK, 0),
            Math.ceilDiv(elements, CudaOps.BLOCK),
            1,
            1,
            partial,
            rest.bias,
            rest.perImage,
            residual,
            y.address(),
            m,
            n,
            rest.rowsPerImage,
            rest.activation,
            sums);
  }
}
