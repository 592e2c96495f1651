// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder.attention;

/// Rung 1: the definition (Vaswani et al., 2017). Every query's score with every key is a matrix;
/// its rows become weights by the softmax; the result is the weighted mean of the values.
///
/// Plain loops, with what is wrong with plain loops. The matrix is large too: 64 MB for 4096
/// pixels, of which each number is written and read several times.
final class ScoreMatrix {
  private ScoreMatrix() {}

  static void attend(AttentionProblem p) {
    float[] scores = new float[p.queries() * p.keys()];
    for (int head = 0; head < p.heads(); head++) {
      int at = head * p.width();
      for (int i = 0; i < p.queries(); i++) {
        for (int j = 0; j < p.keys(); j++) {
          float sum = 0;
          for (int c = 0; c < p.width(); c++) {
            sum += p.q()[i * p.channels() + at + c] * p.k()[j * p.channels() + at + c];
          }
          scores[i * p.keys() + j] = sum;
        }
      }
      for (int i = 0; i < p.queries(); i++) {
        softmax(scores, i * p.keys(), p.keys(), 1 / Math.sqrt(p.width()));
      }
      for (int i = 0; i < p.queries(); i++) {
        for (int c = 0; c < p.width(); c++) {
          float sum = 0;
          for (int j = 0; j < p.keys(); j++) {
            sum += scores[i * p.keys() + j] * p.v()[j * p.channels() + at + c];
          }
          p.y()[i * p.channels() + at + c] = sum;
        }
      }
    }
  }

  /// Turns a row of scores into weights. The largest is subtracted first: no power overflows then.
  static void softmax(float[] scores, int at, int keys, double scale) {
    float max = Float.NEGATIVE_INFINITY;
    for (int j = at; j < at + keys; j++) {
      max = Math.max(max, scores[j]);
    }
    float sum = 0;
    for (int j = at; j < at + keys; j++) {
      scores[j] = (float) Math.exp((scores[j] - max) * scale);
      sum += scores[j];
    }
    for (int j = at; j < at + keys; j++) {
      scores[j] /= sum;
    }
  }
}
