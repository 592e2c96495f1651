// SPDX-License-Identifier: Apache-2.0
package dev.hubble.nn;

import dev.hubble.kernels.Ops;
import dev.hubble.kernels.Tensor;
import java.util.List;
import java.util.function.UnaryOperator;

/// Layers one after the other, each of which gives its input back as soon as its output is there:
/// no more than two tensors between layers live at any moment.
public final class Chain {
  private Chain() {}

  /// `layers[n-1](... layers[0](x))`. `x` itself stays.
  public static Tensor apply(Ops ops, Tensor x, List<UnaryOperator<Tensor>> layers) {
    if (layers.isEmpty()) {
      return x;
    }
    // What comes out of the layers before belongs to this scope, and ends with it.
    var before = layers.subList(0, layers.size() - 1);
    return ops.scope(() -> layers.getLast().apply(apply(ops, x, before)));
  }
}
