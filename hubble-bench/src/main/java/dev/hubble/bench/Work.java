// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/// What a call gets done, so that times at different shapes can be compared.
public final class Work {
  private Work() {}

  /// Counts arithmetic; reads as GFLOP/s. A multiply-add counts as two.
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  public static class Flops {
    /// Billions of operations so far.
    public double gflops;

    void did(double flops) {
      gflops += flops * 1e-9;
    }
  }

  /// Counts the bytes that must move if every input is read and every output written once; reads as
  /// GB/s.
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  public static class Traffic {
    /// Billions of bytes so far.
    public double gbytes;

    void did(long floats) {
      gbytes += floats * Float.BYTES * 1e-9;
    }
  }
}
