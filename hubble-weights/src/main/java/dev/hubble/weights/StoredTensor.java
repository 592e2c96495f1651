// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights;

/// One tensor of a weight file. Reading is lazy and safe from several threads at once.
public interface StoredTensor {
  /// The name in the file.
  String name();

  /// The file, for messages.
  String file();

  /// The format of the elements in the file.
  StoredType type();

  /// The sizes along the axes, outermost first; a fresh array.
  long[] shape();

  /// The number of elements.
  long size();

  /// Reads `count` consecutive elements (row-major) from element `offset` on into `into[at..]`,
  /// converted to float. Only for floating-point types; F64 is rounded.
  ///
  /// @throws WeightsException if the type is not a floating-point one
  void read(long offset, float[] into, int at, int count);

  /// Reads integers of any integer type.
  ///
  /// @throws WeightsException if the type is not an integer one
  void read(long offset, long[] into, int at, int count);
}
