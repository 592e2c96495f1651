// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Threads;

/// The roof under which every kernel stays: fused multiply-adds that touch nothing but registers,
/// on all cores.
///
/// Sixteen chains are independent of each other, more than the latency of the instruction times the
/// units that execute it, and still leave registers for the operands.
@Threads(Threads.MAX)
public class FmaPeak extends Settings {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int ROUNDS = 1 << 20;
  private static final int CHAINS = 16;

  /// Not constants, so that the compiler cannot compute the result ahead.
  private float factor = 0.999f;

  private float summand = 0.001f;

  @Benchmark
  public float registersOnly(Work.Flops flops) {
    flops.did(2.0 * CHAINS * ROUNDS * SPECIES.length());
    var f = FloatVector.broadcast(SPECIES, factor);
    var s = FloatVector.broadcast(SPECIES, summand);
    var a0 = s;
    var a1 = s.add(1);
    var a2 = s.add(2);
    var a3 = s.add(3);
    var a4 = s.add(4);
    var a5 = s.add(5);
    var a6 = s.add(6);
    var a7 = s.add(7);
    var a8 = s.add(8);
    var a9 = s.add(9);
    var a10 = s.add(10);
    var a11 = s.add(11);
    var a12 = s.add(12);
    var a13 = s.add(13);
    var a14 = s.add(14);
    var a15 = s.add(15);
    for (int i = 0; i < ROUNDS; i++) {
      a0 = a0.fma(f, s);
      a1 = a1.fma(f, s);
      a2 = a2.fma(f, s);
      a3 = a3.fma(f, s);
      a4 = a4.fma(f, s);
      a5 = a5.fma(f, s);
      a6 = a6.fma(f, s);
      a7 = a7.fma(f, s);
      a8 = a8.fma(f, s);
      a9 = a9.fma(f, s);
      a10 = a10.fma(f, s);
      a11 = a11.fma(f, s);
      a12 = a12.fma(f, s);
      a13 = a13.fma(f, s);
      a14 = a14.fma(f, s);
      a15 = a15.fma(f, s);
    }
    var low = a0.add(a1).add(a2).add(a3).add(a4).add(a5).add(a6).add(a7);
    var high = a8.add(a9).add(a10).add(a11).add(a12).add(a13).add(a14).add(a15);
    return low.add(high).reduceLanes(VectorOperators.ADD);
  }
}
