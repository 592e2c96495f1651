// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

import java.util.EnumMap;

/// Arrays that a thread uses for one tile after the other, so that a step allocates nothing small.
/// Each use has an array of its own, with any content.
final class Scratch {
  /// What an array is for.
  enum Use {
    /// A block of a weight that is kept in half precision, as floats.
    UNPACKED,
    /// Sums of a panel that reaches over the last column.
    NARROW,
    /// The value half of a gated layer.
    VALUES,
    /// The gate half of a gated layer.
    GATES,
    /// A panel of queries.
    QUERIES,
    /// Their scores with a block of keys.
    SCORES,
    /// Their weighted values.
    WEIGHTED,
    /// Transformed inputs of a block of Winograd's tiles.
    TRANSFORMED,
    /// Their products with a panel.
    PRODUCTS,
    /// The inputs of one tile at the image's edge.
    PATCH
  }

  private final ThreadLocal<EnumMap<Use, float[]>> arrays =
      ThreadLocal.withInitial(() -> new EnumMap<>(Use.class));

  /// This thread's array for a use, of at least `length` elements; it is the caller's until its
  /// next call for the same use.
  float[] take(Use use, int length) {
    var mine = arrays.get();
    float[] array = mine.get(use);
    if (array == null || array.length < length) {
      array = new float[length];
      mine.put(use, array);
    }
    return array;
  }

  /// Forgets this thread's arrays.
  void clear() {
    arrays.remove();
  }
}
