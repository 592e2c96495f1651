// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.reference;

import dev.hubble.kernels.HostTensor;
import dev.hubble.kernels.Shape;
import dev.hubble.kernels.heap.HeapWeight;

/// A weight in PyTorch's own order.
final class ReferenceWeight extends HeapWeight {
  final float[] data;

  private ReferenceWeight(ReferenceOps ops, Shape shape, HostTensor weight) {
    super(ops, shape);
    data = new float[Math.toIntExact(shape.size())];
    weight.read(0, data, 0, data.length);
  }

  static ReferenceWeight linear(ReferenceOps ops, HostTensor weight) {
    return new ReferenceWeight(ops, matrix(weight), weight);
  }

  static ReferenceWeight conv(ReferenceOps ops, HostTensor weight) {
    return new ReferenceWeight(ops, filter(weight), weight);
  }

  @Override
  public long bytes() {
    return 4L * data.length;
  }
}
