// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import java.awt.image.BufferedImage;

/// The last step: numbers become a picture.
final class Pixels {
  private Pixels() {}

  /// Maps the decoder's -1..1 to 0..1, in place, cutting off what lies outside.
  static float[] toUnitRange(float[] x) {
    for (int i = 0; i < x.length; i++) {
      x[i] = Math.clamp(x[i] / 2 + 0.5f, 0f, 1f);
    }
    return x;
  }

  /// A picture `[height,width,3]` as 8-bit RGB, rounding half to even as numpy does.
  static BufferedImage toImage(float[] x, int height, int width) {
    var image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    int[] row = new int[width];
    int at = 0;
    for (int y = 0; y < height; y++) {
      for (int p = 0; p < width; p++, at += 3) {
        row[p] = to8Bit(x[at]) << 16 | to8Bit(x[at + 1]) << 8 | to8Bit(x[at + 2]);
      }
      image.setRGB(0, y, width, 1, row, 0, width);
    }
    return image;
  }

  private static int to8Bit(float x) {
    return (int) Math.rint(x * 255f);
  }
}
