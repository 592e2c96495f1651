// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

import java.util.Arrays;

/// Where the rows of a matrix begin in its array. [Kernels#multiply] takes lists of that, so that
/// the same loops serve a matrix and the pixels under a filter.
@FunctionalInterface
interface Rows {
  /// Sets `into[i]` to the offset of row `first + i`, for 0..count-1.
  void offsets(int first, int count, int[] into);

  /// Rows that are `stride` elements apart.
  static Rows evenly(int at, int stride) {
    return (first, count, into) -> {
      for (int r = 0; r < count; r++) {
        into[r] = at + (first + r) * stride;
      }
    };
  }

  /// The list of rows `first..first+count-1`, this thread's until it asks for the same use again.
  default int[] list(CpuOps ops, Scratch.Use use, int first, int count) {
    int[] list = ops.ints(use, count + Kernels.ROW_PADDING);
    offsets(first, count, list);
    end(list, count);
    return list;
  }

  /// The list of `count` rows that are `stride` elements apart, this thread's until it asks for the
  /// same use again.
  static int[] list(CpuOps ops, Scratch.Use use, int count, int at, int stride) {
    return fill(ops.ints(use, count + Kernels.ROW_PADDING), count, at, stride);
  }

  /// The same in an array of its own.
  static int[] list(int count, int at, int stride) {
    return fill(new int[count + Kernels.ROW_PADDING], count, at, stride);
  }

  private static int[] fill(int[] list, int count, int at, int stride) {
    for (int r = 0; r < count; r++) {
      list[r] = at + r * stride;
    }
    end(list, count);
    return list;
  }

  /// Ends a list after `count` rows.
  static void end(int[] list, int count) {
    Arrays.fill(list, count, count + Kernels.ROW_PADDING, list[count - 1]);
  }
}
