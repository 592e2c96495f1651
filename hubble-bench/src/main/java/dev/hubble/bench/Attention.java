// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench;

import dev.hubble.kernels.Tensor;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/// Attention without its projections. Heads are 40, 80, 160 wide in the UNet, 512 in the VAE.
@NullUnmarked // set up by JMH
public class Attention extends Settings {
  /// Images, queries, keys, channels, heads.
  @Param({
    "2x4096x4096x320x8",
    "2x1024x1024x640x8",
    "2x256x256x1280x8",
    "2x64x64x1280x8",
    "2x4096x77x320x8",
    "2x1024x77x640x8",
    "2x256x77x1280x8",
    "2x64x77x1280x8",
    "1x4096x4096x512x1"
  })
  String shape;

  private Tensor q;
  private Tensor k;
  private Tensor v;
  private int heads;
  private double work;

  @Setup(Level.Trial)
  public void prepare(Device device) {
    int[] s = Stream.of(shape.split("x", 5)).mapToInt(Integer::parseInt).toArray();
    q = device.tensor(s[0], s[1], s[3]);
    k = device.tensor(s[0], s[2], s[3]);
    v = device.tensor(s[0], s[2], s[3]);
    heads = s[4];
    work = 4.0 * s[0] * s[1] * s[2] * s[3]; // two products; the softmax is not counted
  }

  @Benchmark
  public Tensor attention(Device device, Work.Flops flops) {
    flops.did(work);
    try (var _ = device.ops.openScope()) {
      return device.ops.attention(q, k, v, heads, false);
    }
  }
}
