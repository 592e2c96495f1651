// SPDX-License-Identifier: Apache-2.0
package dev.hubble.nn;

import dev.hubble.kernels.Ops;
import dev.hubble.kernels.Tensor;

/// Normalises groups of channels over space, then scales and shifts per channel.
public record GroupNorm(Ops ops, Tensor weight, Tensor bias, int groups, float eps) {
  public static GroupNorm load(Params p, int channels, int groups, float eps) {
    return new GroupNorm(
        p.ops(), p.vector("weight", channels), p.vector("bias", channels), groups, eps);
  }

  public Tensor apply(Tensor x) {
    return ops.groupNorm(x, weight, bias, groups, eps);
  }

  /// `silu(apply(x))`
  public Tensor applySilu(Tensor x) {
    return ops.groupNormSilu(x, weight, bias, groups, eps);
  }

  /// The same for an `x` that nobody reads afterwards.
  public Tensor applySiluInPlace(Tensor x) {
    return ops.groupNormSiluInPlace(x, weight, bias, groups, eps);
  }
}
