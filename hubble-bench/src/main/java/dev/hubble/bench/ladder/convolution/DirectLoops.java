// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder.convolution;

/// Rung 1: the definition. An output is the sum over the filter's nine places and all channels.
///
/// It is the three loops of the matrix product again, with the same two faults: each number of the
/// filter comes from another cache line, and every addition waits for the one before it.
final class DirectLoops {
  private DirectLoops() {}

  static void convolve(ConvProblem c) {
    for (int p = 0; p < c.height(); p++) {
      for (int q = 0; q < c.width(); q++) {
        for (int o = 0; o < c.outs(); o++) {
          c.y()[(p * c.width() + q) * c.outs() + o] = output(c, p, q, o);
        }
      }
    }
  }

  private static float output(ConvProblem c, int p, int q, int o) {
    float sum = 0;
    for (int i = 0; i < 3; i++) {
      for (int j = 0; j < 3; j++) {
        int row = p + i - 1;
        int column = q + j - 1;
        if (row < 0 || row >= c.height() || column < 0 || column >= c.width()) {
          continue; // the border of zeros
        }
        int xAt = (row * c.width() + column) * c.ins();
        int wAt = (i * 3 + j) * c.ins() * c.outs() + o;
        for (int k = 0; k < c.ins(); k++) {
          sum += c.x()[xAt + k] * c.w()[wAt + k * c.outs()];
        }
      }
    }
    return sum;
  }
}
