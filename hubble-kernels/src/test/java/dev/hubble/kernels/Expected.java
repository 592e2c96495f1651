// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels;

/// The operations' formulas in double precision, one output element at a time, written
/// independently of any backend.
public final class Expected {
  private Expected() {}

  /// Element `o` of row `r` of `x Wᵀ`.
  static double linear(float[] x, int ins, float[] w, int r, int o) {
    double sum = 0;
    for (int k = 0; k < ins; k++) {
      sum += (double) x[r * ins + k] * w[o * ins + k];
    }
    return sum;
  }

  /// A convolution's sizes.
  record Conv(int n, int h, int w, int ins, int outs, int kh, int kw, int stride, Padding padding) {
    int top() {
      return padding == Padding.SAME ? (kh - 1) / 2 : 0;
    }

    int left() {
      return padding == Padding.SAME ? (kw - 1) / 2 : 0;
    }

    int rows() {
      int bordered = h + 2 * top() + (padding == Padding.BOTTOM_RIGHT ? 1 : 0);
      return (bordered - kh) / stride + 1;
    }

    int columns() {
      int bordered = w + 2 * left() + (padding == Padding.BOTTOM_RIGHT ? 1 : 0);
      return (bordered - kw) / stride + 1;
    }

    /// The element at index `i` of the result, without bias.
    double at(float[] x, float[] filter, int i) {
      int o = i % outs;
      int q = i / outs % columns();
      int p = i / outs / columns() % rows();
      int image = i / outs / columns() / rows();
      double sum = 0;
      for (int c = 0; c < ins; c++) {
        for (int a = 0; a < kh; a++) {
          for (int b = 0; b < kw; b++) {
            int y = p * stride + a - top();
            int z = q * stride + b - left();
            if (y >= 0 && y < h && z >= 0 && z < w) {
              sum +=
                  (double) filter[((o * ins + c) * kh + a) * kw + b]
                      * x[((image * h + y) * w + z) * ins + c];
            }
          }
        }
      }
      return sum;
    }

    int size() {
      return n * rows() * columns() * outs;
    }
  }

  /// `[images][places][channels]`, normalised per image and group.
  static double[] groupNorm(
      float[] x, int images, int channels, int groups, float[] gamma, float[] beta, double eps) {
    double[] y = new double[x.length];
    int width = channels / groups;
    for (int n = 0; n < images; n++) {
      for (int g = 0; g < groups; g++) {
        double sum = 0;
        double count = 0;
        for (int i = n * x.length / images; i < (n + 1) * x.length / images; i++) {
          if (i % channels / width == g) {
            sum += x[i];
            count++;
          }
        }
        double mean = sum / count;
        double variance = 0;
        for (int i = n * x.length / images; i < (n + 1) * x.length / images; i++) {
          if (i % channels / width == g) {
            variance += (x[i] - mean) * (x[i] - mean) / count;
          }
        }
        for (int i = n * x.length / images; i < (n + 1) * x.length / images; i++) {
          int c = i % channels;
          if (c / width == g) {
            y[i] = (x[i] - mean) / Math.sqrt(variance + eps) * gamma[c] + beta[c];
          }
        }
      }
    }
    return y;
  }

  /// Element `c` of head `h` of query `i`.
  public static double attention(
      float[] q,
      float[] k,
      float[] v,
      int keys,
      int channels,
      int width,
      int h,
      int i,
      int keysFrom,
      int seen,
      int c) {
    double[] weights = new double[Math.min(seen, keys)];
    double max = Double.NEGATIVE_INFINITY;
    for (int j = 0; j < weights.length; j++) {
      double dot = 0;
      for (int a = h * width; a < (h + 1) * width; a++) {
        dot += (double) q[i * channels + a] * k[(keysFrom + j) * channels + a];
      }
      weights[j] = dot / Math.sqrt(width);
      max = Math.max(max, weights[j]);
    }
    double total = 0;
    double sum = 0;
    for (int j = 0; j < weights.length; j++) {
      double e = Math.exp(weights[j] - max);
      total += e;
      sum += e * v[(keysFrom + j) * channels + h * width + c];
    }
    return sum / total;
  }

  static double silu(double x) {
    return x / (1 + Math.exp(-x));
  }

  static double quickGelu(double x) {
    return x / (1 + Math.exp(-1.702 * x));
  }

  static double gelu(double x) {
    return x * normalCdf(x);
  }

  /// `Φ(x)` by Simpson's rule on the density, from -40 or 0: slow and simple.
  static double normalCdf(double x) {
    double from = x < 0 ? Math.max(-40, x - 12) : 0;
    int steps = 4000;
    double h = (Math.max(x, from) - from) / steps;
    double sum = 0;
    for (int i = 0; i <= steps; i++) {
      double t = from + i * h;
      sum += (i == 0 || i == steps ? 1 : i % 2 == 1 ? 4 : 2) * Math.exp(-t * t / 2);
    }
    return (x < 0 ? 0 : 0.5) + sum * h / 3 / Math.sqrt(2 * Math.PI);
  }
}
