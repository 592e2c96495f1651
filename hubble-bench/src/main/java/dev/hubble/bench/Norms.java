// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench;

import dev.hubble.kernels.Tensor;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/// What stands between the large layers; limited by memory, not by arithmetic.
@NullUnmarked // set up by JMH
public class Norms extends Settings {
  /// Images, places, channels.
  @Param({
    "2x4096x320",
    "2x4096x960",
    "2x1024x640",
    "2x1024x1920",
    "2x256x1280",
    "2x256x2560",
    "2x64x2560",
    "1x262144x128"
  })
  String shape;

  private Tensor x;
  private Tensor gamma;
  private Tensor beta;

  @Setup(Level.Trial)
  public void prepare(Device device) {
    int[] s = Stream.of(shape.split("x", 3)).mapToInt(Integer::parseInt).toArray();
    x = device.tensor(s);
    gamma = device.tensor(s[2]);
    beta = device.tensor(s[2]);
  }

  @Benchmark
  public Tensor groupNormSilu(Device device, Work.Traffic traffic) {
    traffic.did(2 * x.shape().size());
    try (var _ = device.ops.openScope()) {
      return device.ops.groupNormSilu(x, gamma, beta, 32, 1e-5f);
    }
  }

  @Benchmark
  public Tensor layerNorm(Device device, Work.Traffic traffic) {
    traffic.did(2 * x.shape().size());
    try (var _ = device.ops.openScope()) {
      return device.ops.layerNorm(x, gamma, beta, 1e-5f);
    }
  }
}
