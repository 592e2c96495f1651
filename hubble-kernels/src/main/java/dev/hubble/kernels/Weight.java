// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels;

/// A matrix or a convolution filter that a backend has repacked, once, into the layout its kernels
/// read fastest. Its memory is given back when nobody has it any more, on a device too, or when the
/// backend is closed.
public interface Weight {
  /// The shape in PyTorch's order: `[out,in]` or `[out,in,kh,kw]`.
  Shape shape();

  /// How many bytes the packed form occupies.
  long bytes();
}
