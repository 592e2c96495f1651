// SPDX-License-Identifier: Apache-2.0
package dev.hubble.safety;

/// Resizes pictures as Pillow does with `BICUBIC`, bit for bit: the safety checker's thresholds
/// were found with that.
///
/// Keys' cubic with a = -1/2 (1981), as wide as the reduction asks for, first along the rows, then
/// along the columns, in integers of 22 fractional bits, rounded to bytes in between.
final class Bicubic {
  private static final int BITS = 22;
  private static final double A = -0.5;

  private Bicubic() {}

  /// A picture in another size.
  ///
  /// @param rgb `[h,w]`, 8 bits for each colour
  /// @return `[newH,newW]`
  static int[] resize(int[] rgb, int w, int h, int newW, int newH) {
    int[] wide = w == newW ? rgb : rows(rgb, w, h, newW);
    return h == newH ? wide : transpose(rows(transpose(wide, newW, h), h, newW, newH), newH, newW);
  }

  private static int[] transpose(int[] x, int w, int h) {
    int[] y = new int[x.length];
    for (int i = 0; i < h; i++) {
      for (int j = 0; j < w; j++) {
        y[j * h + i] = x[i * w + j];
      }
    }
    return y;
  }

  private static int[] rows(int[] rgb, int w, int h, int newW) {
    double scale = (double) w / newW;
    double stretch = Math.max(scale, 1);
    double support = 2 * stretch;
    int[] out = new int[newW * h];
    for (int x = 0; x < newW; x++) {
      double center = (x + 0.5) * scale;
      int from = Math.max((int) (center - support + 0.5), 0);
      int to = Math.min((int) (center + support + 0.5), w);
      int[] weights = weights(from, to, center, stretch);
      for (int y = 0; y < h; y++) {
        out[y * newW + x] = mix(rgb, y * w + from, weights);
      }
    }
    return out;
  }

  private static int[] weights(int from, int to, double center, double stretch) {
    double[] exact = new double[to - from];
    double sum = 0;
    for (int i = 0; i < exact.length; i++) {
      exact[i] = cubic((i + from - center + 0.5) / stretch);
      sum += exact[i];
    }
    int[] weights = new int[exact.length];
    for (int i = 0; i < exact.length; i++) {
      double fixed = exact[i] / sum * (1 << BITS);
      weights[i] = (int) (fixed + (fixed < 0 ? -0.5 : 0.5));
    }
    return weights;
  }

  private static double cubic(double distance) {
    double x = Math.abs(distance);
    if (x < 1) {
      return ((A + 2) * x - (A + 3)) * x * x + 1;
    }
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * A : 0;
  }

  private static int mix(int[] rgb, int at, int[] weights) {
    int r = 1 << (BITS - 1);
    int g = r;
    int b = r;
    for (int i = 0; i < weights.length; i++) {
      int pixel = rgb[at + i];
      r += (pixel >> 16 & 0xff) * weights[i];
      g += (pixel >> 8 & 0xff) * weights[i];
      b += (pixel & 0xff) * weights[i];
    }
    return clip(r) << 16 | clip(g) << 8 | clip(b);
  }

  private static int clip(int sum) {
    return Math.clamp(sum >> BITS, 0, 255);
  }
}
