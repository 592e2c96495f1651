// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import dev.hubble.kernels.Tensor;

/// Keeps the predicted picture within a range (`clip_sample`). Models of pixels do so between -1
/// and 1; those of latents do not. Rare enough to be done on the host.
///
/// @param range the largest absolute value; infinite for no clipping
record Clip(float range) {
  static Clip of(SchedulerConfig config, boolean otherwise) {
    return new Clip(
        config.flag("clip_sample", otherwise)
            ? (float) config.number("clip_sample_range", 1)
            : Float.POSITIVE_INFINITY);
  }

  /// Adds `weight` times the clipped picture to `sum`.
  void add(WeightedSum sum, double weight, Prediction.Mix x0, Tensor sample, Tensor output) {
    if (Float.isInfinite(range)) {
      sum.add(weight, x0, sample, output);
      return;
    }
    Tensor original = new WeightedSum().add(1, x0, sample, output).compute();
    float[] values = original.toArray();
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.clamp(values[i], -range, range);
    }
    sum.add(weight, original.ops().upload(values, original.shape().toArray()));
  }
}
