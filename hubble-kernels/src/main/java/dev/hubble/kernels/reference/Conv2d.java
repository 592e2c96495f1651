// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.reference;

import dev.hubble.kernels.Padding;
import dev.hubble.kernels.heap.Arguments;
import dev.hubble.kernels.heap.HeapTensor;

/// Convolution by its definition.
final class Conv2d {
  private Conv2d() {}

  /// `y[n,p,q,o] = b[o] + Σ W[o,c,i,j] · x[n, p·stride+i-top, q·stride+j-left, c]`, where x is 0
  /// outside the image.
  static void conv2d(
      HeapTensor x, ReferenceWeight w, HeapTensor b, int stride, Padding padding, HeapTensor y) {
    int height = x.dim(1);
    int width = x.dim(2);
    int ins = x.dim(3);
    int kh = w.shape().dim(2);
    int kw = w.shape().dim(3);
    int top = Arguments.before(kh, padding);
    int left = Arguments.before(kw, padding);
    int outs = y.dim(3);
    float[] xs = x.data();
    float[] ys = y.data();
    double[] sums = new double[outs];
    int at = y.offset();
    for (int n = 0; n < y.dim(0); n++) {
      for (int p = 0; p < y.dim(1); p++) {
        for (int q = 0; q < y.dim(2); q++) {
          for (int o = 0; o < outs; o++) {
            sums[o] = b.data()[b.offset() + o];
          }
          for (int i = 0; i < kh; i++) {
            for (int j = 0; j < kw; j++) {
              int row = p * stride + i - top;
              int column = q * stride + j - left;
              if (row < 0 || row >= height || column < 0 || column >= width) {
                continue;
              }
              int pixel = x.offset() + ((n * height + row) * width + column) * ins;
              for (int o = 0; o < outs; o++) {
                double sum = 0;
                for (int c = 0; c < ins; c++) {
                  sum += (double) xs[pixel + c] * w.data[((o * ins + c) * kh + i) * kw + j];
                }
                sums[o] += sum;
              }
            }
          }
          for (int o = 0; o < outs; o++) {
            ys[at++] = (float) sums[o];
          }
        }
      }
    }
  }
}
