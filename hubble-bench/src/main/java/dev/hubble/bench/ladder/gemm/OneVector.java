// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder.gemm;

import static jdk.incubator.vector.FloatVector.fromArray;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// Rung 4: the sums stay in a register. With the Vector API one vector of neighbouring outputs is
/// summed over the whole depth and stored once.
///
/// The traffic with Y is gone. But there is one sum, and each fused multiply-add waits about four
/// cycles for the one before it, in which the processor could have done four or eight others.
final class OneVector {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;

  private OneVector() {}

  static void multiply(GemmProblem p) {
    int whole = S.loopBound(p.outs());
    for (int o = 0; o < whole; o += S.length()) {
      for (int r = 0; r < p.rows(); r++) {
        sum(p.x(), r * p.depth(), p.depth(), p.w(), o, p.outs()).intoArray(p.y(), r * p.outs() + o);
      }
    }
    Edges.multiply(p, 0, p.rows(), whole);
  }

  private static FloatVector sum(float[] x, int xAt, int depth, float[] w, int wAt, int wStep) {
    var sum = FloatVector.zero(S);
    for (int k = 0; k < depth; k++) {
      sum = fromArray(S, w, wAt + k * wStep).fma(FloatVector.broadcast(S, x[xAt + k]), sum);
    }
    return sum;
  }
}
