// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import dev.hubble.kernels.DType;
import dev.hubble.kernels.Shape;
import dev.hubble.kernels.Weight;

/// A weight on the GPU as the kernels read it: `[out][kp]`, element `tap · in + c`, where `kp` is
/// `taps · in` rounded up to a multiple of 8.
///
/// Or a 3x3 filter for images that are doubled as four filters of 2x2, one for each phase,
/// `[4][out][kp]`: the sums of its taps that read the same pixel of the small image.
///
/// @param ops the backend that owns it
/// @param dtype the format of its numbers, in which products with it are computed
/// @param shape `[out,in]` or `[out,in,kh,kw]`
/// @param kp the length of a row
/// @param phases how many filters it is: 1, or [#PHASES]
/// @param address where it begins
record CudaWeight(CudaOps ops, DType dtype, Shape shape, int kp, int phases, long address)
    implements Weight {
  /// Of an image that is doubled: pixels of even and of odd rows, each of even and odd columns.
  static final int PHASES = 4;

  /// The length of a row whose numbers are `taps · in`.
  static int padded(long taps, int in) {
    return Math.toIntExact(Math.ceilDiv(taps * in, 8) * 8);
  }

  /// A 1x1 filter as the matrix that it is.
  CudaWeight matrix() {
    return new CudaWeight(ops, dtype, Shape.of(shape.dim(0), shape.dim(1)), kp, 1, address);
  }

  /// How many rows there are.
  int rows() {
    return phases * shape.dim(0);
  }

  @Override
  public long bytes() {
    return (long) rows() * kp * dtype.bytes();
  }

  @Override
  public String toString() {
    return "Weight" + shape;
  }
}
