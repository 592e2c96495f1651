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

  /// A picture as the VAE's encoder takes it: `[height,width,3]`, from -1 to 1.
  static float[] fromImage(BufferedImage image) {
    int w = image.getWidth();
    int[] rgb = image.getRGB(0, 0, w, image.getHeight(), null, 0, w);
    float[] x = new float[rgb.length * 3];
    for (int i = 0; i < rgb.length; i++) {
      for (int c = 0; c < 3; c++) {
        x[3 * i + c] = 2 * ((rgb[i] >> (16 - 8 * c) & 0xff) / 255f) - 1;
      }
    }
    return x;
  }

  /// A mask `[height,width]`: 1 where the picture is bright, 0 where it is dark. Brightness is that
  /// of ITU-R BT.601, as in PIL.
  static float[] maskFromImage(BufferedImage image) {
    int w = image.getWidth();
    int[] rgb = image.getRGB(0, 0, w, image.getHeight(), null, 0, w);
    float[] mask = new float[rgb.length];
    for (int i = 0; i < rgb.length; i++) {
      int brightness =
          (299 * (rgb[i] >> 16 & 0xff) + 587 * (rgb[i] >> 8 & 0xff) + 114 * (rgb[i] & 0xff)) / 1000;
      mask[i] = brightness >= 128 ? 1 : 0;
    }
    return mask;
  }

  private static int to8Bit(float x) {
    return (int) Math.rint(x * 255f);
  }
}
