// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.reference;

import dev.hubble.kernels.heap.HeapTensor;
import org.jspecify.annotations.Nullable;

/// Matrix multiplication.
final class Gemm {
  private Gemm() {}

  /// `y[r,o] = b[o] + Σₖ x[r,k] · W[o,k]`
  static void linear(HeapTensor x, ReferenceWeight w, @Nullable HeapTensor b, HeapTensor y) {
    int outs = w.shape().dim(0);
    int ins = w.shape().dim(1);
    float[] xs = x.data();
    float[] ys = y.data();
    int rows = outs == 0 ? 0 : y.size() / outs;
    for (int r = 0; r < rows; r++) {
      int row = x.offset() + r * ins;
      for (int o = 0; o < outs; o++) {
        double sum = b == null ? 0 : b.data()[b.offset() + o];
        for (int k = 0; k < ins; k++) {
          sum += (double) xs[row + k] * w.data[o * ins + k];
        }
        ys[y.offset() + r * outs + o] = (float) sum;
      }
    }
  }
}
