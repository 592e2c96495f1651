// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import dev.hubble.kernels.DType;
import dev.hubble.kernels.Ops;
import dev.hubble.kernels.Shape;
import dev.hubble.kernels.Tensor;
import java.lang.reflect.Proxy;

/// The few operations that schedulers use, over plain arrays. Any other operation is an error,
/// which is part of what the tests check.
final class HostOps {
  static final Ops OPS =
      (Ops)
          Proxy.newProxyInstance(
              HostOps.class.getClassLoader(),
              new Class<?>[] {Ops.class},
              (proxy, method, args) ->
                  switch (method.getName()) {
                    case "upload" -> tensor(((float[]) args[0]).clone(), (int[]) args[1]);
                    case "download" -> ((Values) args[0]).data().clone();
                    case "weightedSum" -> weightedSum((float[]) args[0], (Tensor[]) args[1]);
                    default -> throw new UnsupportedOperationException(method.getName());
                  });

  // Compared by identity, as tensors are: that its data are an array does no harm.
  @SuppressWarnings("ArrayRecordComponent")
  private record Values(Shape shape, float[] data) implements Tensor {
    @Override
    public Ops ops() {
      return OPS;
    }

    @Override
    public DType dtype() {
      return DType.F32;
    }
  }

  private HostOps() {}

  static Tensor tensor(float[] data, int... shape) {
    return new Values(Shape.of(shape), data);
  }

  static Tensor tensor(float[] data) {
    return tensor(data, data.length);
  }

  private static Tensor weightedSum(float[] weights, Tensor[] xs) {
    float[] sum = new float[(int) xs[0].shape().size()];
    for (int i = 0; i < sum.length; i++) {
      double s = 0;
      for (int k = 0; k < xs.length; k++) {
        if (!xs[k].shape().equals(xs[0].shape())) {
          throw new IllegalArgumentException(xs[k].shape() + " and " + xs[0].shape());
        }
        s += (double) weights[k] * ((Values) xs[k]).data()[i];
      }
      sum[i] = (float) s;
    }
    return tensor(sum, xs[0].shape().toArray());
  }
}
