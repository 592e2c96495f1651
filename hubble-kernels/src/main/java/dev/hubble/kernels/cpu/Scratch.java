// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

import dev.hubble.kernels.heap.CacheLine;
import java.util.EnumMap;

/// Arrays that a thread uses for one tile after the other, so that a step allocates nothing small.
/// Each use has an array of its own, with any content, which is the caller's until its next call
/// for the same use.
final class Scratch {
  /// What an array is for.
  enum Use {
    /// A block of a weight that is kept in half precision, as floats.
    UNPACKED,
    /// Sums of panels of which the last reaches over the last column.
    NARROW,
    /// Values and gates of a gated layer, side by side.
    GATED,
    /// A head's keys and values, the largest of the keys, and which head that is.
    KEYS,
    VALUES,
    LARGEST,
    HEAD,
    /// A panel of queries.
    QUERIES,
    /// Their scores with a block of keys.
    SCORES,
    /// Their weighted values.
    WEIGHTED,
    /// Their largest scores.
    MAXIMA,
    /// The sums of their weights.
    TOTALS,
    /// Where the rows of keys, scores, values and weighted values begin.
    KEY_ROWS,
    SCORE_ROWS,
    VALUE_ROWS,
    WEIGHTED_ROWS,
    /// Where a product's rows of inputs and of outputs begin.
    INPUT_ROWS,
    OUTPUT_ROWS,
    /// Transformed inputs of a block of Winograd's tiles.
    TRANSFORMED,
    /// Their products with a panel.
    PRODUCTS,
    /// The inputs of one tile at the image's edge.
    PATCH,
    /// Outputs of one tile in a panel that reaches over the last channel.
    TILE,
    /// What is added to all places of an image.
    SHIFT,
    /// A filter between the two passes of its transform.
    HALF,
    /// About the mean of each channel's group.
    CENTRES,
    /// Sums of the distances from it, and of their squares.
    SUMS,
    SQUARES,
    /// What a normalisation multiplies each channel by, and adds to it.
    SCALES,
    SHIFTS
  }

  private final ThreadLocal<EnumMap<Use, Object>> arrays =
      ThreadLocal.withInitial(() -> new EnumMap<>(Use.class));

  /// This thread's array for a use, with at least `length` elements from [CacheLine#FIRST] on.
  float[] floats(Use use, int length) {
    var mine = arrays.get();
    if (mine.get(use) instanceof float[] kept && kept.length - CacheLine.FIRST >= length) {
      return kept;
    }
    float[] array = CacheLine.array(length);
    mine.put(use, array);
    return array;
  }

  /// The same in double precision, from element 0 on.
  double[] doubles(Use use, int length) {
    var mine = arrays.get();
    if (mine.get(use) instanceof double[] kept && kept.length >= length) {
      return kept;
    }
    double[] array = new double[length];
    mine.put(use, array);
    return array;
  }

  /// The same for offsets.
  int[] ints(Use use, int length) {
    var mine = arrays.get();
    if (mine.get(use) instanceof int[] kept && kept.length >= length) {
      return kept;
    }
    int[] array = new int[length];
    mine.put(use, array);
    return array;
  }

  /// Forgets this thread's arrays.
  void clear() {
    arrays.remove();
  }
}
