// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels;

/// Where a convolution sees zeros around the image.
public enum Padding {
  /// `(k-1)/2` on every side: at stride 1 the size stays.
  SAME,
  /// One row below and one column to the right, as the VAE encoder's downsampling does.
  BOTTOM_RIGHT,
  /// Nowhere: the filter stays inside the image. For an image that has its border already
  /// ([Ops#frame]).
  NONE
}
