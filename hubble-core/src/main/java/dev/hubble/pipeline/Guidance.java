// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import dev.hubble.kernels.Ops;
import dev.hubble.kernels.Tensor;
import java.util.ArrayList;

/// Puts the UNet's two answers together.
final class Guidance {
  private Guidance() {}

  /// Classifier-free guidance (Ho & Salimans, 2022, arXiv:2207.12598): a step from the answer to
  /// the negative prompt past that to the prompt.
  ///
  /// @param both the answers for all negative prompts, then for all prompts
  /// @param rescale how much of the contrast that this adds is taken back, from 0 to 1 (Lin et al.,
  ///   2023, arXiv:2305.08891, section 3.4)
  static Tensor apply(Tensor both, float scale, float rescale) {
    Ops ops = both.ops();
    int n = both.dim(0) / 2;
    Tensor prompted = ops.slice(both, n, 2 * n);
    Tensor guided =
        ops.weightedSum(new float[] {1 - scale, scale}, ops.slice(both, 0, n), prompted);
    if (rescale == 0) {
      return guided;
    }
    var each = new ArrayList<Tensor>();
    for (int i = 0; i < n; i++) {
      Tensor one = ops.slice(guided, i, i + 1);
      double ratio = deviation(ops.slice(prompted, i, i + 1)) / deviation(one);
      float factor = (float) (rescale * ratio + (1 - rescale));
      each.add(ops.weightedSum(new float[] {factor}, one));
    }
    return ops.batch(each.toArray(Tensor[]::new));
  }

  /// The standard deviation of all numbers, with `n-1` for `n`.
  private static double deviation(Tensor x) {
    float[] values = x.toArray();
    double mean = 0;
    for (float v : values) {
      mean += v;
    }
    mean /= values.length;
    double squares = 0;
    for (float v : values) {
      squares += (v - mean) * (v - mean);
    }
    return Math.sqrt(squares / (values.length - 1));
  }
}
