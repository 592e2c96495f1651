// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import dev.hubble.kernels.DType;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Launches weighted sums: guidance is one, and every step of a scheduler.
///
/// Latents are so few numbers that a sum of them takes as long as its launch. So guidance and the
/// step that follows it are one launch: when a sum of two tensors is followed by a sum in which it
/// is a term, and nothing came between, its launch is taken back, and one that writes both takes
/// its place. Schedulers need not know, those that keep the guided answer for later steps have it,
/// and the bits are those of two launches.
final class WeightedSums {
  private static final String OP = "weightedSum";
  private static final int MAX_TERMS = 8;

  private final CudaOps ops;
  private @Nullable Pair last;
  private long lastLaunch;

  /// A sum of two tensors that has been queued.
  ///
  /// @param type of both
  /// @param first where the one is, and `firstWeight` its weight
  /// @param y where their sum, floats, comes
  private record Pair(
      DType type,
      long first,
      long second,
      float firstWeight,
      float secondWeight,
      long y,
      long size) {
    /// Whether a thread that writes a float of `x` may write over a number that another one is to
    /// read.
    boolean isDisturbedBy(CudaTensor x) {
      return isDisturbed(first, x) || isDisturbed(second, x);
    }

    private boolean isDisturbed(long read, CudaTensor x) {
      boolean meets = read < x.address() + x.bytes() && x.address() < read + size * type.bytes();
      return meets && !(read == x.address() && type == x.dtype());
    }

    /// Whether the sum is one of these; the first image of a batch begins where the batch does.
    boolean isAmong(CudaTensor[] terms) {
      return terms[0].size() == size && Arrays.stream(terms).anyMatch(x -> x.address() == y);
    }
  }

  WeightedSums(CudaOps ops) {
    this.ops = ops;
  }

  /// `Σ weights[i] · terms[i]`, of at least one term, as floats.
  CudaTensor sum(float[] weights, CudaTensor... terms) {
    var y = ops.allocate(OP, terms[0].shape(), DType.F32);
    if (y.size() == 0) {
      return y;
    }
    var pair = last;
    last = null;
    if (pair != null && pair.isAmong(terms)) {
      if (pair.isDisturbedBy(y)) {
        var elsewhere = ops.allocate(OP, y.shape(), DType.F32);
        ops.end(y);
        y = elsewhere;
      }
      if (tookBoth(pair, weights, terms, y)) {
        return y;
      }
    }
    if (terms.length == 2 && terms[0].dtype() == terms[1].dtype() && isFast(terms[0].dtype())) {
      last = pair(weights, terms, y);
    } else {
      many(weights, terms, y);
    }
    return y;
  }

  private static boolean isFast(DType type) {
    return type == DType.F16 || type == DType.F32;
  }

  private Pair pair(float[] weights, CudaTensor[] terms, CudaTensor y) {
    var type = terms[0].dtype();
    long u = terms[0].address();
    long p = terms[1].address();
    var pair = new Pair(type, u, p, weights[0], weights[1], y.address(), y.size());
    launch(pair, new float[0], new long[0], 0);
    lastLaunch = ops.device.queue().last();
    return pair;
  }

  /// Writes both `pair` and the sum of `terms`, if the pair's launch can be taken back for that.
  private boolean tookBoth(Pair pair, float[] weights, CudaTensor[] terms, CudaTensor y) {
    boolean floats = Arrays.stream(terms).allMatch(x -> x.dtype() == DType.F32);
    if (!floats || terms.length > MAX_TERMS || !ops.device.queue().takeBack(lastLaunch)) {
      return false;
    }
    long[] addresses = new long[terms.length];
    for (int i = 0; i < terms.length; i++) {
      addresses[i] = terms[i].address() == pair.y ? 0 : terms[i].address();
    }
    launch(pair, weights, addresses, y.address());
    return true;
  }

  private void launch(Pair pair, float[] weights, long[] terms, long to) {
    long[] arguments = new long[5 + 2 * MAX_TERMS + 3];
    arguments[0] = pair.first;
    arguments[1] = pair.second;
    arguments[2] = CudaOps.bits(pair.firstWeight);
    arguments[3] = CudaOps.bits(pair.secondWeight);
    arguments[4] = pair.y;
    put(arguments, 5, weights, terms, to, pair.size);
    var name = "hb_guided_step_" + Kernels.suffix(pair.type);
    var kernel = ops.device.kernels().get(name, CudaOps.BLOCK, 0);
    ops.device.queue().launch(kernel, Math.ceilDiv(pair.size, CudaOps.BLOCK), 1, 1, arguments);
  }

  /// Any number of terms: the first eight, then seven more at a time on top of what there is.
  private void many(float[] weights, CudaTensor[] terms, CudaTensor y) {
    try (var operands = new Operands(ops)) {
      int done = 0;
      while (done < terms.length) {
        int onTop = done == 0 ? 0 : 1;
        int n = Math.min(MAX_TERMS, terms.length - done + onTop);
        long[] addresses = new long[n];
        float[] factors = new float[n];
        addresses[0] = y.address();
        factors[0] = 1;
        for (int i = onTop; i < n; i++) {
          addresses[i] = operands.in(terms[done], DType.F32);
          factors[i] = weights[done];
          done++;
        }
        floats(factors, addresses, y.address(), y.size());
      }
    }
  }

  /// Writes the sum of at most [#MAX_TERMS] tensors of floats, each times its weight.
  void floats(float[] weights, long[] terms, long to, long size) {
    long[] arguments = new long[2 * MAX_TERMS + 3];
    put(arguments, 0, weights, terms, to, size);
    var kernel = ops.device.kernels().get("hb_weighted_sum_f32", CudaOps.BLOCK, 0);
    ops.device.queue().launch(kernel, Math.ceilDiv(size, CudaOps.PER_BLOCK), 1, 1, arguments);
  }

  /// The arguments that both kernels end with.
  private static void put(
      long[] arguments, int at, float[] weights, long[] terms, long to, long size) {
    for (int i = 0; i < terms.length; i++) {
      arguments[at + i] = terms[i];
      arguments[at + MAX_TERMS + i] = CudaOps.bits(weights[i]);
    }
    arguments[at + 2 * MAX_TERMS] = terms.length;
    arguments[at + 2 * MAX_TERMS + 1] = to;
    arguments[at + 2 * MAX_TERMS + 2] = size;
  }
}
