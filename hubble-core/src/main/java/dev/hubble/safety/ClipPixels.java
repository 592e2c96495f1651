// SPDX-License-Identifier: Apache-2.0
package dev.hubble.safety;

import java.awt.image.BufferedImage;

/// A picture as CLIP's image encoder sees it: the shorter side made as long as it takes, the middle
/// cut out, and the colours normalised.
final class ClipPixels {
  private static final double[] MEAN = {0.48145466, 0.4578275, 0.40821073};
  private static final double[] STD = {0.26862954, 0.26130258, 0.27577711};

  private ClipPixels() {}

  /// The patches of a picture, row by row, each `[3,patch,patch]`.
  static float[] patches(BufferedImage image, int side, int patch) {
    int[] rgb = square(image, side);
    int across = side / patch;
    float[] patches = new float[3 * side * side];
    int at = 0;
    for (int p = 0; p < across * across; p++) {
      int top = p / across * patch;
      int left = p % across * patch;
      for (int c = 0; c < 3; c++) {
        for (int y = 0; y < patch; y++) {
          for (int x = 0; x < patch; x++) {
            int value = rgb[(top + y) * side + left + x] >> (16 - 8 * c) & 0xff;
            patches[at++] = (float) ((value / 255.0 - MEAN[c]) / STD[c]);
          }
        }
      }
    }
    return patches;
  }

  /// The middle of the picture, `side` x `side` pixels.
  static int[] square(BufferedImage image, int side) {
    int w = image.getWidth();
    int h = image.getHeight();
    int shorter = Math.min(w, h);
    int newW = w == shorter ? side : (int) ((long) side * w / shorter);
    int newH = h == shorter ? side : (int) ((long) side * h / shorter);
    int[] resized = Bicubic.resize(image.getRGB(0, 0, w, h, null, 0, w), w, h, newW, newH);
    int[] square = new int[side * side];
    int top = (newH - side) / 2;
    int left = (newW - side) / 2;
    for (int y = 0; y < side; y++) {
      System.arraycopy(resized, (top + y) * newW + left, square, y * side, side);
    }
    return square;
  }
}
