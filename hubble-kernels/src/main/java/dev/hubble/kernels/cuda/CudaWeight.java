// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import dev.hubble.kernels.DType;
import dev.hubble.kernels.Shape;
import dev.hubble.kernels.Weight;

/// A weight on the GPU as the kernels read it: `[out][kp]`, element `tap · in + c`, where `kp` is
/// `taps · in` rounded up to a multiple of 8.
///
/// @param ops the backend that owns it
/// @param dtype the format of its numbers, in which products with it are computed
/// @param shape `[out,in]` or `[out,in,kh,kw]`
/// @param kp the length of a row
/// @param address where it begins
record CudaWeight(CudaOps ops, DType dtype, Shape shape, int kp, long address) implements Weight {
  /// A 1x1 filter as the matrix that it is.
  CudaWeight matrix() {
    return new CudaWeight(ops, dtype, Shape.of(shape.dim(0), shape.dim(1)), kp, address);
  }

  @Override
  public long bytes() {
    return (long) shape.dim(0) * kp * dtype.bytes();
  }

  @Override
  public String toString() {
    return "Weight" + shape;
  }
}
