// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder.gpu;

import dev.hubble.bench.model.Formula;
import dev.hubble.kernels.HostTensor;
import dev.hubble.kernels.Ops;
import dev.hubble.kernels.Shape;
import dev.hubble.kernels.Tensor;

/// The numbers of the problems: evenly distributed, rounded to f16, so that host and GPU have the
/// same.
final class Numbers {
  private Numbers() {}

  static float[] halves(String name, double largest, int... shape) {
    float[] x = Formula.uniform(name, Math.toIntExact(Shape.of(shape).size()));
    for (int i = 0; i < x.length; i++) {
      x[i] = Float.float16ToFloat(Float.floatToFloat16((float) (x[i] * largest)));
    }
    return x;
  }

  /// Uploads them, in f16.
  static Tensor upload(Ops ops, float[] x, int... shape) {
    return ops.upload(HostTensor.of(x, shape));
  }

  /// Refuses sizes that the rungs, which read 16 bytes at a time, cannot do.
  static void eights(String ladder, int... sizes) {
    for (int size : sizes) {
      if (size < 1 || size % 8 != 0) {
        throw new IllegalArgumentException(
            "The GPU ladder %s reads 8 numbers at a time: %d is not a multiple of 8."
                .formatted(ladder, size));
      }
    }
  }
}
