// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import dev.hubble.kernels.Tensor;
import java.util.ArrayList;
import java.util.List;

/// A sum of tensors that is put together term by term, in double, and computed at once.
final class WeightedSum {
  private final List<Tensor> tensors = new ArrayList<>();
  private final List<Double> weights = new ArrayList<>();

  /// Adds `weight · x`. The weights of a tensor that comes twice add up; a weight of 0 adds
  /// nothing, so the noise of a last step costs nothing.
  @SuppressWarnings("ReferenceEquality") // the same tensor, not one that looks like it
  WeightedSum add(double weight, Tensor x) {
    if (weight == 0) {
      return this;
    }
    for (int i = 0; i < tensors.size(); i++) {
      if (tensors.get(i) == x) {
        weights.set(i, weights.get(i) + weight);
        return this;
      }
    }
    tensors.add(x);
    weights.add(weight);
    return this;
  }

  /// Adds `weight` times what `mix` makes of a sample and the UNet's answer to it.
  WeightedSum add(double weight, Prediction.Mix mix, Tensor sample, Tensor output) {
    return add(weight * mix.sample(), sample).add(weight * mix.output(), output);
  }

  /// The sum.
  Tensor compute() {
    float[] rounded = new float[weights.size()];
    for (int i = 0; i < rounded.length; i++) {
      rounded[i] = weights.get(i).floatValue();
    }
    return tensors.getFirst().ops().weightedSum(rounded, tensors.toArray(Tensor[]::new));
  }
}
