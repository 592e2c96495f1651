// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench;

import dev.hubble.kernels.Tensor;
import dev.hubble.kernels.Weight;
import org.jspecify.annotations.NullUnmarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Setup;

/// Linear layers: a third of a step.
@NullUnmarked // set up by JMH
public class Linear extends Settings {
  private Tensor x;
  private Weight weight;
  private Tensor bias;

  @Setup(Level.Trial)
  public void prepare(Device device, LinearShape s) {
    x = device.tensor(s.rows, s.in);
    weight = device.ops.linearWeight(Device.host(s.out, s.in));
    bias = device.tensor(s.out);
  }

  @Benchmark
  public Tensor linear(Device device, LinearShape s, Work.Flops flops) {
    flops.did(s.flops());
    try (var _ = device.ops.openScope()) {
      return device.ops.linear(x, weight, bias);
    }
  }
}
