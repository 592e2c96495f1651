// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.heap;

import dev.hubble.kernels.HostTensor;
import dev.hubble.kernels.Shape;
import dev.hubble.kernels.Weight;

/// A weight in a Java array, in whatever order its backend likes.
public abstract class HeapWeight implements Weight {
  private final HeapOps ops;
  private final Shape shape;

  /// A weight of the given shape, `[out,in]` or `[out,in,kh,kw]`.
  protected HeapWeight(HeapOps ops, Shape shape) {
    this.ops = ops;
    this.shape = shape;
  }

  /// The backend that owns this weight.
  public final HeapOps ops() {
    return ops;
  }

  @Override
  public final Shape shape() {
    return shape;
  }

  /// The shape of a linear layer's weight: trailing axes of size 1 are dropped.
  public static Shape matrix(HostTensor weight) {
    var s = weight.shape();
    boolean ok = s.rank() >= 2;
    for (int i = 2; i < s.rank(); i++) {
      ok &= s.dim(i) == 1;
    }
    Arguments.require(ok, "linearWeight", "the weight must be a matrix [out,in]", s);
    return Shape.of(s.dim(0), s.dim(1));
  }

  /// The shape of a convolution filter.
  public static Shape filter(HostTensor weight) {
    var s = weight.shape();
    Arguments.require(
        s.rank() == 4 && s.dim(2) > 0 && s.dim(3) > 0,
        "convWeight",
        "the weight must be a filter [out,in,kh,kw]",
        s);
    return s;
  }

  @Override
  public String toString() {
    return "Weight" + shape;
  }
}
