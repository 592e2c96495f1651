// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder.gemm;

import dev.hubble.bench.ladder.OnBackend;
import dev.hubble.kernels.HostTensor;
import dev.hubble.kernels.Ops;
import dev.hubble.kernels.Tensor;
import java.util.function.Supplier;

/// The last rung: [Ops#linear] of the backend `cpu`.
final class Production {
  private Production() {}

  static OnBackend prepare(GemmProblem p, int threads) {
    return new OnBackend(threads, ops -> on(ops, p), p.y());
  }

  private static Supplier<Tensor> on(Ops ops, GemmProblem p) {
    float[] turned = new float[p.w().length]; // [outs][depth], as in the files of models
    for (int k = 0; k < p.depth(); k++) {
      for (int o = 0; o < p.outs(); o++) {
        turned[o * p.depth() + k] = p.w()[k * p.outs() + o];
      }
    }
    var w = ops.linearWeight(HostTensor.of(turned, p.outs(), p.depth()));
    var x = ops.upload(p.x(), p.rows(), p.depth());
    return () -> ops.linear(x, w, null);
  }
}
