// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench;

import dev.hubble.kernels.Padding;
import dev.hubble.kernels.Tensor;
import dev.hubble.kernels.Weight;
import java.util.regex.Pattern;
import org.jspecify.annotations.NullUnmarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/// 3x3 convolutions: half of a step and nearly all of the VAE.
@NullUnmarked // set up by JMH
public class Convolution extends Settings {
  private static final Pattern SHAPE =
      Pattern.compile("(\\d+)x(\\d+)x(\\d+)x(\\d+)to(\\d+)(down|up|)");

  /// Input shape and output channels; `down` is at stride 2, `up` doubles the image first.
  @Param({
    "2x64x64x4to320",
    "2x64x64x320to320",
    "2x64x64x640to320",
    "2x64x64x960to320",
    "2x64x64x320to4",
    "2x64x64x320to320down",
    "2x32x32x640to640up",
    "2x32x32x320to640",
    "2x32x32x640to640",
    "2x32x32x960to640",
    "2x32x32x1280to640",
    "2x32x32x1920to640",
    "2x32x32x640to640down",
    "2x16x16x1280to1280up",
    "2x16x16x640to1280",
    "2x16x16x1280to1280",
    "2x16x16x1920to1280",
    "2x16x16x2560to1280",
    "2x16x16x1280to1280down",
    "2x8x8x1280to1280up",
    "2x8x8x1280to1280",
    "2x8x8x2560to1280",
    "1x64x64x4to512",
    "1x64x64x512to512",
    "1x64x64x512to512up",
    "1x128x128x512to512",
    "1x128x128x512to512up",
    "1x256x256x512to256",
    "1x256x256x256to256",
    "1x256x256x256to256up",
    "1x512x512x256to128",
    "1x512x512x128to128",
    "1x512x512x128to3"
  })
  String shape;

  private Tensor x;
  private Weight weight;
  private Tensor bias;
  private boolean down;
  private boolean up;
  private double work;

  @Setup(Level.Trial)
  public void prepare(Device device) {
    var m = SHAPE.matcher(shape);
    if (!m.matches()) {
      throw new IllegalArgumentException(shape + " does not look like 2x64x64x320to320");
    }
    int n = Integer.parseInt(m.group(1));
    int height = Integer.parseInt(m.group(2));
    int width = Integer.parseInt(m.group(3));
    int in = Integer.parseInt(m.group(4));
    int out = Integer.parseInt(m.group(5));
    down = m.group(6).equals("down");
    up = m.group(6).equals("up");
    double area = (double) height * width * (up ? 4 : down ? 0.25 : 1);
    work = 2 * 9 * n * area * in * out;
    x = device.tensor(n, height, width, in);
    var filter = Device.host(out, in, 3, 3);
    weight =
        up
            ? device.ops.upsampleConvWeight(filter, 2 * height, 2 * width)
            : device.ops.convWeight(filter);
    bias = device.tensor(out);
  }

  @Benchmark
  public Tensor conv2d(Device device, Work.Flops flops) {
    flops.did(work);
    var ops = device.ops;
    try (var _ = ops.openScope()) {
      return up
          ? ops.upsampleConv2d(x, weight, bias, 2 * x.dim(1), 2 * x.dim(2))
          : ops.conv2d(x, weight, bias, down ? 2 : 1, Padding.SAME);
    }
  }
}
