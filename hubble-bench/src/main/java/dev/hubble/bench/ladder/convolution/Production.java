// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder.convolution;

import dev.hubble.bench.ladder.OnBackend;
import dev.hubble.kernels.HostTensor;
import dev.hubble.kernels.Ops;
import dev.hubble.kernels.Padding;
import dev.hubble.kernels.Tensor;
import java.util.function.Supplier;

/// The last rung: [Ops#conv2d] of the backend `cpu`, which chooses the algorithm by the shape.
final class Production {
  private Production() {}

  static OnBackend prepare(ConvProblem c, int threads) {
    return new OnBackend(threads, ops -> on(ops, c), c.y());
  }

  private static Supplier<Tensor> on(Ops ops, ConvProblem c) {
    float[] turned = new float[c.w().length]; // [outs][ins][3][3], as in the files of models
    for (int place = 0; place < 9; place++) {
      for (int k = 0; k < c.ins(); k++) {
        for (int o = 0; o < c.outs(); o++) {
          turned[(o * c.ins() + k) * 9 + place] = c.w()[(place * c.ins() + k) * c.outs() + o];
        }
      }
    }
    var w = ops.convWeight(HostTensor.of(turned, c.outs(), c.ins(), 3, 3), c.height(), c.width());
    var x = ops.upload(c.x(), 1, c.height(), c.width(), c.ins());
    var bias = ops.upload(new float[c.outs()], c.outs());
    return () -> ops.conv2d(x, w, bias, 1, Padding.SAME);
  }
}
