// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder.attention;

import dev.hubble.bench.ladder.gemm.PackedPanels;

/// Rungs 2 and 3: the two products by the ladder of the matrix product. Kᵀ and V take the part of
/// the weights and are packed for each call, which costs little beside the products.
///
/// What is left is the softmax: an exponential for every `4·width` operations, which on rung 2 is
/// [Math#exp], one by one in double precision, and on rung 3 [VectorSoftmax]. And a head of 40
/// channels is multiplied as if it were 64 wide, as a panel of values is never narrower.
final class VectorProducts {
  /// Turns one row of scores into weights.
  @FunctionalInterface
  interface Softmax {
    void apply(float[] scores, int at, int keys, double scale);
  }

  private VectorProducts() {}

  static void attend(AttentionProblem p, Softmax softmax) {
    int channels = p.channels();
    for (int head = 0; head < p.heads(); head++) {
      int at = head * p.width();
      var kt = new PackedPanels(p.k(), at, 1, channels, p.width(), p.keys());
      int row = kt.width();
      float[] scores = new float[p.queries() * row];
      kt.multiply(p.q(), PackedPanels.rows(p.queries(), at, channels), 1, 0, scores, 0);
      for (int i = 0; i < p.queries(); i++) {
        softmax.apply(scores, i * row, p.keys(), 1 / Math.sqrt(p.width()));
      }
      var v = new PackedPanels(p.v(), at, channels, 1, p.keys(), p.width());
      float[] wide = new float[p.queries() * v.width()];
      v.multiply(scores, PackedPanels.rows(p.queries(), 0, row), 1, 0, wide, 0);
      for (int i = 0; i < p.queries(); i++) {
        System.arraycopy(wide, i * v.width(), p.y(), i * channels + at, p.width());
      }
    }
  }
}
