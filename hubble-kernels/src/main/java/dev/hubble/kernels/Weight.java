// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels;

/// A matrix or a convolution filter that a backend has repacked, once, into the layout its kernels
/// read fastest. Lives as long as the backend.
public interface Weight {
  /// The shape in PyTorch's order: `[out,in]` or `[out,in,kh,kw]`.
  Shape shape();

  /// How many bytes the packed form occupies.
  long bytes();
}
