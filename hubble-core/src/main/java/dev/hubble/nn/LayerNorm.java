// SPDX-License-Identifier: Apache-2.0
package dev.hubble.nn;

import dev.hubble.kernels.Ops;
import dev.hubble.kernels.Tensor;

/// Normalises each token over its channels, then scales and shifts per channel.
public record LayerNorm(Ops ops, Tensor weight, Tensor bias, float eps) {
  public static LayerNorm load(Params p, int channels, float eps) {
    return new LayerNorm(p.ops(), p.vector("weight", channels), p.vector("bias", channels), eps);
  }

  public Tensor apply(Tensor x) {
    return ops.layerNorm(x, weight, bias, eps);
  }
}
