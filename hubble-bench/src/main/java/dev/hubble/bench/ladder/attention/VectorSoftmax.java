// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder.attention;

import static jdk.incubator.vector.FloatVector.fromArray;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// Rung 3's softmax: sixteen exponentials at a time, by a polynomial.
///
/// `e^x = 2^(x·log₂e)`. A power of two is split into its whole part, which is added to a float's
/// exponent as it stands in its bits, and a fraction between -1/2 and 1/2, for which a polynomial
/// of degree 6 is as exact as a float. No table, no branch, no call.
final class VectorSoftmax {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final double LOG2_E = 1 / Math.log(2);

  /// Adding 1.5·2²³ to a float leaves no room for a fraction: it rounds, and the whole number is in
  /// the sum's lowest bits.
  private static final float ROUND = 12582912f;

  private VectorSoftmax() {}

  static void softmax(float[] scores, int at, int keys, double scale) {
    float max = max(scores, at, keys);
    float sum = exponentials(scores, at, keys, max, (float) (scale * LOG2_E));
    for (int j = at; j < at + keys; j++) {
      scores[j] /= sum;
    }
  }

  static float max(float[] scores, int at, int keys) {
    int whole = S.loopBound(keys);
    var tops = FloatVector.broadcast(S, Float.NEGATIVE_INFINITY);
    for (int j = 0; j < whole; j += S.length()) {
      tops = tops.max(fromArray(S, scores, at + j));
    }
    float max = tops.reduceLanes(VectorOperators.MAX);
    for (int j = whole; j < keys; j++) {
      max = Math.max(max, scores[at + j]);
    }
    return max;
  }

  /// Replaces each score by `2^((score - max)·scale)` and returns their sum.
  static float exponentials(float[] scores, int at, int keys, float max, float scale) {
    int whole = S.loopBound(keys);
    var sums = FloatVector.zero(S);
    for (int j = 0; j < whole; j += S.length()) {
      var power = exp2(fromArray(S, scores, at + j).sub(max).mul(scale));
      power.intoArray(scores, at + j);
      sums = sums.add(power);
    }
    float sum = sums.reduceLanes(VectorOperators.ADD);
    for (int j = at + whole; j < at + keys; j++) {
      scores[j] = (float) Math.exp((scores[j] - max) * scale / LOG2_E);
      sum += scores[j];
    }
    return sum;
  }

  /// `2^x` for x between -126 and 127; about 2^-126, as good as 0, below that.
  static FloatVector exp2(FloatVector x) {
    var clamped = x.max(-126f);
    var rounded = clamped.add(ROUND);
    var f = clamped.sub(rounded.sub(ROUND));
    var p =
        constant(1.540353e-4f)
            .fma(f, constant(1.3333558e-3f))
            .fma(f, constant(0.009618129f))
            .fma(f, constant(0.05550411f))
            .fma(f, constant(0.2402265f))
            .fma(f, constant(0.6931472f))
            .fma(f, constant(1));
    return p.reinterpretAsInts()
        .add(rounded.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23))
        .reinterpretAsFloats();
  }

  private static FloatVector constant(float x) {
    return FloatVector.broadcast(S, x);
  }
}
