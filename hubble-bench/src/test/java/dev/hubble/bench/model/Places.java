// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.model;

/// Which of our numbers stands where in PyTorch's order.
final class Places {
  private Places() {}

  /// `[C,area]` to `[area,C]`.
  static float[] channelsLast(float[] x, int channels, int area) {
    return transpose(x, 1, channels, area);
  }

  /// `[N,area,C]` to `[N,C,area]`.
  static float[] channelsFirst(float[] x, int images, int area, int channels) {
    return transpose(x, images, area, channels);
  }

  private static float[] transpose(float[] x, int matrices, int rows, int columns) {
    float[] y = new float[x.length];
    for (int m = 0; m < matrices; m++) {
      int start = m * rows * columns;
      for (int r = 0; r < rows; r++) {
        for (int c = 0; c < columns; c++) {
          y[start + c * rows + r] = x[start + r * columns + c];
        }
      }
    }
    return y;
  }

  /// Every `stride`th of `x`, at most `count`.
  static float[] every(int stride, float[] x, int count) {
    float[] y = new float[Math.min(count, (x.length + stride - 1) / stride)];
    for (int i = 0; i < y.length; i++) {
      y[i] = x[i * stride];
    }
    return y;
  }

  static float[] meanAndDeviation(float[] x) {
    double sum = 0;
    for (float v : x) {
      sum += v;
    }
    double mean = sum / x.length;
    double squares = 0;
    for (float v : x) {
      squares += (v - mean) * (v - mean);
    }
    return new float[] {(float) mean, (float) Math.sqrt(squares / (x.length - 1))};
  }
}
