// SPDX-License-Identifier: Apache-2.0
package dev.hubble.adapt;

import java.util.Arrays;

/// A low-rank change to one weight: `factor · up · down`.
///
/// @param up `[out,rank]`
/// @param down `[rank,n]`, where n is what one output sees: the inputs of a linear layer, those of
///   a filter times its places
/// @param rank the number of columns of `up`
/// @param factor the scale that was asked for times alpha / rank
// Never compared.
@SuppressWarnings("ArrayRecordComponent")
public record Change(float[] up, float[] down, int rank, float factor) {
  int out() {
    return up.length / rank;
  }

  int inner() {
    return down.length / rank;
  }

  /// Adds the change to `weight`, `[out,n]`.
  void addTo(float[] weight) {
    int n = inner();
    float[] row = new float[n];
    for (int o = 0; o < out(); o++) {
      Arrays.fill(row, 0);
      for (int k = 0; k < rank; k++) {
        float u = factor * up[o * rank + k];
        int from = k * n;
        for (int i = 0; i < n; i++) {
          row[i] += u * down[from + i];
        }
      }
      for (int i = 0; i < n; i++) {
        weight[o * n + i] += row[i];
      }
    }
  }
}
