// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels;

/// An immutable n-dimensional array that one backend owns. Images are `[N,H,W,C]`, token sequences
/// `[N,L,C]`.
///
/// A tensor lives until the [Scope] in which it was made ends, or as long as its backend if it was
/// made outside every scope. All computing is in [Ops]; the methods here are shorthand for it.
public interface Tensor {
  /// The backend that owns this tensor.
  Ops ops();

  /// The sizes along the axes.
  Shape shape();

  /// The format of the elements.
  DType dtype();

  /// Shorthand for `shape().dim(axis)`.
  default int dim(int axis) {
    return shape().dim(axis);
  }

  /// Shorthand for [Ops#download].
  default float[] toArray() {
    return ops().download(this);
  }

  /// Shorthand for [Ops#add].
  default Tensor plus(Tensor y) {
    return ops().add(this, y);
  }

  /// Shorthand for [Ops#reshape].
  default Tensor reshape(int... shape) {
    return ops().reshape(this, shape);
  }
}
