// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels;

/// Numbers that are not on a backend yet: a tensor in a weight file, or one made by a formula.
///
/// A backend reads it piece by piece while it packs the weight into its own layout, so that no
/// second copy of the tensor is ever held. Reads are independent of each other and may come from
/// several threads at once.
public interface HostTensor {
  /// The shape, in PyTorch's axis order.
  Shape shape();

  /// The format in which the numbers are stored.
  DType dtype();

  /// Reads `count` consecutive elements, row-major, starting with element `offset`, into
  /// `into[at..]`, each converted to float.
  void read(long offset, float[] into, int at, int count);

  /// A host tensor over an array, which is not copied.
  static HostTensor of(float[] data, int... shape) {
    var s = Shape.of(shape);
    if (s.size() != data.length) {
      throw new IllegalArgumentException(data.length + " values do not fill the shape " + s);
    }
    return new HostTensor() {
      @Override
      public Shape shape() {
        return s;
      }

      @Override
      public DType dtype() {
        return DType.F32;
      }

      @Override
      public void read(long offset, float[] into, int at, int count) {
        System.arraycopy(data, Math.toIntExact(offset), into, at, count);
      }
    };
  }
}
