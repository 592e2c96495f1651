// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.bench.ladder.attention.AttentionLadder;
import dev.hubble.bench.ladder.attention.AttentionProblem;
import dev.hubble.bench.ladder.convolution.ConvLadder;
import dev.hubble.bench.ladder.convolution.ConvProblem;
import dev.hubble.bench.ladder.gemm.GemmLadder;
import dev.hubble.bench.ladder.gemm.GemmProblem;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Every rung of every ladder against sums in double, at sizes that fit no tile.
class LaddersTest {
  /// Rows, outputs, depth.
  private static final int[][] PRODUCTS = {
    {1, 1, 1}, {3, 5, 7}, {4, 64, 160}, {5, 65, 161}, {9, 130, 7}, {77, 96, 320}
  };

  /// Height, width, inputs, outputs.
  private static final int[][] IMAGES = {
    {1, 1, 1, 1}, {2, 3, 4, 5}, {4, 4, 16, 64}, {7, 5, 3, 70}, {13, 30, 17, 33}
  };

  /// Queries, keys, heads, width.
  private static final int[][] HEADS = {
    {1, 1, 1, 1}, {3, 2, 2, 5}, {64, 64, 1, 40}, {65, 77, 2, 40}, {7, 130, 3, 80}
  };

  @TestFactory
  Stream<DynamicTest> gemm() {
    return GemmLadder.RUNGS.stream()
        .flatMap(rung ->
            Arrays.stream(PRODUCTS)
                .map(s -> {
                  var p = GemmProblem.of(s[0], s[1], s[2]);
                  return test(rung, s, p, p.y(), expected(p), 1e-6);
                }));
  }

  @TestFactory
  Stream<DynamicTest> convolution() {
    return ConvLadder.RUNGS.stream()
        .flatMap(rung ->
            Arrays.stream(IMAGES)
                .map(s -> {
                  var c = ConvProblem.of(s[0], s[1], s[2], s[3]);
                  return test(rung, s, c, c.y(), expected(c), 3e-6);
                }));
  }

  @TestFactory
  Stream<DynamicTest> attention() {
    return AttentionLadder.RUNGS.stream()
        .flatMap(rung ->
            Arrays.stream(HEADS)
                .map(s -> {
                  var p = AttentionProblem.of(s[0], s[1], s[2], s[3]);
                  return test(rung, s, p, p.y(), expected(p), 1e-6);
                }));
  }

  private static <P> DynamicTest test(
      Rung<P> rung, int[] shape, P problem, float[] y, double[] expected, double limit) {
    return DynamicTest.dynamicTest(
        rung.title() + " " + Arrays.toString(shape),
        () -> {
          try (var prepared = rung.method().prepare(problem)) {
            // Twice: nothing may be left over from the first time.
            prepared.run();
            prepared.run();
            prepared.store();
          }
          assertThat(distance(y, expected)).isLessThanOrEqualTo(limit);
        });
  }

  /// Relative L2; NaN if there is one in `y`.
  private static double distance(float[] y, double[] expected) {
    assertThat(y).hasSize(expected.length);
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < y.length; i++) {
      difference += (y[i] - expected[i]) * (y[i] - expected[i]);
      norm += expected[i] * expected[i];
    }
    return Math.sqrt(difference / norm);
  }

  private static double[] expected(GemmProblem p) {
    double[] y = new double[p.rows() * p.outs()];
    for (int i = 0; i < y.length; i++) {
      for (int k = 0; k < p.depth(); k++) {
        y[i] += (double) p.x()[i / p.outs() * p.depth() + k] * p.w()[k * p.outs() + i % p.outs()];
      }
    }
    return y;
  }

  private static double[] expected(ConvProblem c) {
    double[] y = new double[c.height() * c.width() * c.outs()];
    for (int i = 0; i < y.length; i++) {
      int o = i % c.outs();
      int q = i / c.outs() % c.width();
      int p = i / c.outs() / c.width();
      for (int k = 0; k < 9 * c.ins(); k++) {
        int row = p + k / c.ins() / 3 - 1;
        int column = q + k / c.ins() % 3 - 1;
        if (row >= 0 && row < c.height() && column >= 0 && column < c.width()) {
          int pixel = row * c.width() + column;
          y[i] += (double) c.x()[pixel * c.ins() + k % c.ins()] * c.w()[k * c.outs() + o];
        }
      }
    }
    return y;
  }

  private static double[] expected(AttentionProblem p) {
    int channels = p.heads() * p.width();
    double[] y = new double[p.queries() * channels];
    for (int i = 0; i < p.queries() * p.heads(); i++) {
      int at = i / p.heads() * channels + i % p.heads() * p.width();
      double sum = 0;
      for (int j = 0; j < p.keys(); j++) {
        int key = j * channels + i % p.heads() * p.width();
        double score = 0;
        for (int c = 0; c < p.width(); c++) {
          score += (double) p.q()[at + c] * p.k()[key + c];
        }
        double weight = Math.exp(score / Math.sqrt(p.width()));
        sum += weight;
        for (int c = 0; c < p.width(); c++) {
          y[at + c] += weight * p.v()[key + c];
        }
      }
      for (int c = 0; c < p.width(); c++) {
        y[at + c] /= sum;
      }
    }
    return y;
  }
}
