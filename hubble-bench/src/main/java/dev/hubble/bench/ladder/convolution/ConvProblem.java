// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder.convolution;

import dev.hubble.bench.model.Formula;

/// A 3x3 convolution of one image at stride 1 with a border of zeros, so that the result is as
/// large as the image. Channels are last, as everywhere in Hubble.
///
/// @param x `[height][width][ins]`
/// @param w `[3][3][ins][outs]`
/// @param y `[height][width][outs]`, where the result goes
public record ConvProblem(
    int height, int width, int ins, int outs, float[] x, float[] w, float[] y) {
  /// A problem with numbers in [-1, 1).
  public static ConvProblem of(int height, int width, int ins, int outs) {
    return new ConvProblem(
        height,
        width,
        ins,
        outs,
        Formula.uniform("x", height * width * ins),
        Formula.uniform("w", 9 * ins * outs),
        new float[height * width * outs]);
  }

  /// Of the plain sum; a multiply-add counts as two.
  public double flops() {
    return 2.0 * 9 * height * width * ins * outs;
  }

  /// The image in the middle of zeros: one pixel at the left and at the top, and as many at the
  /// right and at the bottom as make the given size.
  float[] bordered(int rows, int columns) {
    float[] z = new float[rows * columns * ins];
    border(z, columns);
    return z;
  }

  /// Copies the image into the middle of what [#bordered] made.
  void border(float[] z, int columns) {
    for (int p = 0; p < height; p++) {
      System.arraycopy(x, p * width * ins, z, ((p + 1) * columns + 1) * ins, width * ins);
    }
  }
}
