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
  /// @throws WeightsException if the type is not a floating-point one, or the store is closed
  /// @throws IndexOutOfBoundsException if the elements or their place in the array do not exist
  void read(long offset, float[] into, int at, int count);

  /// Reads integers of any integer type; truth values are 0 and 1.
  ///
  /// @throws WeightsException if the type is not an integer one, a number does not fit, or the
  ///   store is closed
  /// @throws IndexOutOfBoundsException if the elements or their place in the array do not exist
  void read(long offset, long[] into, int at, int count);

  /// Lets the system take back the memory that reading brought in. The tensor can be read again,
  /// which then brings it in once more.
  default void unload() {}

  /// This tensor as if it had been stored in another format of the same kind: floats are rounded to
  /// the nearest even, integers must fit. Nothing is converted before it is read.
  ///
  /// @throws WeightsException if floats would become integers or the reverse; and, when it is read,
  ///   if a finite number is too large for the format
  default StoredTensor as(StoredType type) {
    return type == type() ? this : new ConvertedTensor(this, type);
  }
}
