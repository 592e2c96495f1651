// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench;

import dev.hubble.kernels.Tensor;
import dev.hubble.kernels.Weight;
import org.jspecify.annotations.NullUnmarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/// The first half of the feed-forward layers, fused and in two operations.
@NullUnmarked // set up by JMH
public class Geglu extends Settings {
  /// Rows and channels; the weight is eight times as wide.
  @Param({"8192x320", "2048x640", "512x1280", "128x1280"})
  String shape;

  private Tensor x;
  private Weight weight;
  private Tensor bias;
  private double work;

  @Setup(Level.Trial)
  public void prepare(Device device) {
    var sizes = shape.split("x", 2);
    int rows = Integer.parseInt(sizes[0]);
    int width = Integer.parseInt(sizes[1]);
    x = device.tensor(rows, width);
    weight = device.ops.linearWeight(Device.host(8 * width, width));
    bias = device.tensor(8 * width);
    work = 2.0 * rows * 8 * width * width;
  }

  @Benchmark
  public Tensor linearGeglu(Device device, Work.Flops flops) {
    flops.did(work);
    try (var _ = device.ops.openScope()) {
      return device.ops.linearGeglu(x, weight, bias);
    }
  }

  @Benchmark
  public Tensor linearThenGeglu(Device device, Work.Flops flops) {
    flops.did(work);
    try (var _ = device.ops.openScope()) {
      return device.ops.geglu(device.ops.linear(x, weight, bias));
    }
  }
}
