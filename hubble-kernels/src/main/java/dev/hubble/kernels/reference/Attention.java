// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.reference;

import dev.hubble.kernels.heap.HeapTensor;

/// Attention by its definition, one query of one head at a time.
final class Attention {
  private Attention() {}

  /// `y[n,i] = Σⱼ softmaxⱼ(q[n,i]·k[n,j] / √d) v[n,j]` per head.
  static void attention(
      HeapTensor q, HeapTensor k, HeapTensor v, int heads, boolean causal, HeapTensor y) {
    int queries = q.dim(1);
    int keys = k.dim(1);
    int channels = q.dim(2);
    int width = channels / heads;
    float[] qs = q.data();
    float[] ks = k.data();
    float[] vs = v.data();
    float[] ys = y.data();
    int firstQuery = q.offset();
    int firstValue = v.offset();
    double[] p = new double[keys];
    for (int n = 0; n < q.dim(0); n++) {
      for (int i = 0; i < queries; i++) {
        for (int h = 0; h < heads; h++) {
          int seen = causal ? Math.min(i + 1, keys) : keys;
          int at = (n * queries + i) * channels + h * width;
          double max = Double.NEGATIVE_INFINITY;
          for (int j = 0; j < seen; j++) {
            int key = k.offset() + (n * keys + j) * channels + h * width;
            double dot = 0;
            for (int c = 0; c < width; c++) {
              dot += (double) qs[firstQuery + at + c] * ks[key + c];
            }
            p[j] = dot / Math.sqrt(width);
            max = Math.max(max, p[j]);
          }
          double total = 0;
          for (int j = 0; j < seen; j++) {
            p[j] = Math.exp(p[j] - max);
            total += p[j];
          }
          for (int c = 0; c < width; c++) {
            double sum = 0;
            for (int j = 0; j < seen; j++) {
              sum += p[j] * vs[firstValue + (n * keys + j) * channels + h * width + c];
            }
            ys[y.offset() + at + c] = (float) (sum / total);
          }
        }
      }
    }
  }
}
