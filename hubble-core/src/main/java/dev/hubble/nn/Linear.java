// SPDX-License-Identifier: Apache-2.0
package dev.hubble.nn;

import static java.util.Objects.requireNonNull;

import dev.hubble.kernels.Ops;
import dev.hubble.kernels.Tensor;
import dev.hubble.kernels.Weight;
import org.jspecify.annotations.Nullable;

/// `y = x Wᵀ + b` over the last axis. On an image this is a 1x1 convolution.
public record Linear(Ops ops, Weight weight, @Nullable Tensor bias) {
  /// Reads `weight` `[out,in]` and `bias`.
  public static Linear load(Params p, int in, int out) {
    return new Linear(p.ops(), p.matrix("weight", out, in), p.vector("bias", out));
  }

  /// Reads `weight` `[out,in]` of a layer that has no bias.
  public static Linear withoutBias(Params p, int in, int out) {
    return new Linear(p.ops(), p.matrix("weight", out, in), null);
  }

  public Tensor apply(Tensor x) { // [...,in] -> [...,out]
    return ops.linear(x, weight, bias);
  }

  /// `apply(x) + residual`
  public Tensor applyAdd(Tensor x, Tensor residual) {
    return ops.linearAdd(x, weight, bias, residual);
  }

  /// `quickGelu(apply(x))`
  public Tensor applyQuickGelu(Tensor x) {
    return ops.linearQuickGelu(x, weight, requireNonNull(bias));
  }

  /// `geglu(apply(x))`: half as wide as the weight is.
  public Tensor applyGeglu(Tensor x) {
    return ops.linearGeglu(x, weight, requireNonNull(bias));
  }
}
