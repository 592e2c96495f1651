// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels;

import java.util.Arrays;

/// The sizes of a tensor along its axes, outermost first. Immutable.
///
/// Images are `[N,H,W,C]`, token sequences `[N,L,C]`; weights keep PyTorch's order (`[out,in]`,
/// `[out,in,kh,kw]`).
public final class Shape {
  private final int[] dims;

  private Shape(int[] dims) {
    this.dims = dims;
  }

  /// A shape with the given sizes.
  ///
  /// @throws IllegalArgumentException if a size is negative
  public static Shape of(int... dims) {
    for (int d : dims) {
      if (d < 0) {
        throw new IllegalArgumentException("negative size in shape " + Arrays.toString(dims));
      }
    }
    return new Shape(dims.clone());
  }

  /// How many axes there are.
  public int rank() {
    return dims.length;
  }

  /// The size along axis `axis`; negative axes count from the end, so `dim(-1)` is the innermost.
  public int dim(int axis) {
    return dims[axis < 0 ? dims.length + axis : axis];
  }

  /// The number of elements.
  ///
  /// @throws ArithmeticException if it does not fit in a `long`
  public long size() {
    long n = 1;
    for (int d : dims) {
      n = Math.multiplyExact(n, d);
    }
    return n;
  }

  /// The sizes as a fresh array.
  public int[] toArray() {
    return dims.clone();
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Shape s && Arrays.equals(dims, s.dims);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dims);
  }

  /// `[2, 77, 768]`
  @Override
  public String toString() {
    return Arrays.toString(dims);
  }
}
