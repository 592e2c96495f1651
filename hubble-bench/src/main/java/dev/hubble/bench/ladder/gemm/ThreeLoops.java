// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder.gemm;

/// Rung 1: the definition. Every output is a sum, computed one product after the other.
///
/// Two things are wrong with it. The inner loop walks down a column of W, so each step reads
/// another cache line for the sake of one number. And every addition waits for the one before it:
/// floating point sums may not be reordered, so the compiler cannot use vectors either.
final class ThreeLoops {
  private ThreeLoops() {}

  static void multiply(GemmProblem p) {
    for (int r = 0; r < p.rows(); r++) {
      for (int o = 0; o < p.outs(); o++) {
        float sum = 0;
        for (int k = 0; k < p.depth(); k++) {
          sum += p.x()[r * p.depth() + k] * p.w()[k * p.outs() + o];
        }
        p.y()[r * p.outs() + o] = sum;
      }
    }
  }
}
