// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench;

import dev.hubble.bench.model.Formula;
import org.ejml.data.FMatrixRMaj;
import org.ejml.dense.row.CommonOps_FDRM;
import org.ejml.dense.row.CommonOps_MT_FDRM;
import org.jspecify.annotations.NullUnmarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.Warmup;

/// What [Linear] is compared with: the matrix product of EJML, a library in plain Java, and the one
/// that everybody writes first. Neither adds a bias, and both read the weights in the order that
/// suits them best.
@NullUnmarked // set up by JMH
public class LinearPeers extends Settings {
  private FMatrixRMaj x;
  private FMatrixRMaj weight; // [in,out]
  private FMatrixRMaj y;

  @Setup(Level.Trial)
  public void prepare(LinearShape s) {
    x = new FMatrixRMaj(s.rows, s.in, true, Formula.uniform("x", s.rows * s.in));
    weight = new FMatrixRMaj(s.in, s.out, true, Formula.uniform("weight", s.in * s.out));
    y = new FMatrixRMaj(s.rows, s.out);
  }

  @Benchmark
  public FMatrixRMaj ejml(LinearShape s, Work.Flops flops) {
    flops.did(s.flops());
    return CommonOps_FDRM.mult(x, weight, y);
  }

  @Benchmark
  public FMatrixRMaj ejmlAllCores(LinearShape s, Work.Flops flops) {
    flops.did(s.flops());
    return CommonOps_MT_FDRM.mult(x, weight, y);
  }

  @Benchmark
  @Warmup(iterations = 1)
  @Measurement(iterations = 1)
  public FMatrixRMaj threeLoops(LinearShape s, Work.Flops flops) {
    flops.did(s.flops());
    for (int i = 0; i < s.rows; i++) {
      for (int j = 0; j < s.out; j++) {
        float sum = 0;
        for (int k = 0; k < s.in; k++) {
          sum += x.data[i * s.in + k] * weight.data[k * s.out + j];
        }
        y.data[i * s.out + j] = sum;
      }
    }
    return y;
  }
}
