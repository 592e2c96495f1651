// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench;

import dev.hubble.bench.model.FullSize;
import dev.hubble.clip.TextEncoder;
import dev.hubble.kernels.Tensor;
import dev.hubble.nn.Observer;
import dev.hubble.unet.Constants;
import dev.hubble.unet.UNet;
import dev.hubble.vae.VaeDecoder;
import java.util.Arrays;
import org.jspecify.annotations.NullUnmarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// The three networks in full size, for a picture of 512x512. Weights are made by formula, so no
/// model needs to be downloaded.
///
/// How much arithmetic a call is was counted from the architecture, what is prepared once per
/// picture left out.
@Warmup(iterations = 1)
@Measurement(iterations = 3)
public class Networks extends Settings {
  private static final double UNET_FLOPS = 2 * 400.13e9; // for each image of the batch
  private static final double VAE_FLOPS = 2 * 1257.3e9;
  private static final double TEXT_FLOPS = 2 * 6.65e9;

  /// One prompt.
  @State(Scope.Benchmark)
  @NullUnmarked // set up by JMH
  public static class Text {
    private TextEncoder encoder;
    private final int[] ids = new int[77];

    @Setup(Level.Trial)
    public void prepare(Device device) {
      encoder = FullSize.textEncoder(device.ops);
      Arrays.fill(ids, 49407);
      ids[0] = 49406;
    }
  }

  /// One step with guidance: a batch of two through the UNet, then the two predictions combined.
  @State(Scope.Benchmark)
  @NullUnmarked // set up by JMH
  public static class Step {
    private UNet unet;
    private Constants constants;
    private Tensor latents;

    @Setup(Level.Trial)
    public void prepare(Device device) {
      unet = FullSize.unet(device.ops);
      constants = unet.prepare(device.tensor(2, 77, 768), new float[] {981});
      latents = device.tensor(1, 64, 64, 4);
    }
  }

  /// One picture's latents.
  @State(Scope.Benchmark)
  @NullUnmarked // set up by JMH
  public static class Picture {
    private VaeDecoder decoder;
    private Tensor latents;

    @Setup(Level.Trial)
    public void prepare(Device device) {
      decoder = FullSize.vaeDecoder(device.ops);
      latents = device.tensor(1, 64, 64, 4);
    }
  }

  @Benchmark
  public Tensor textEncoder(Device device, Text text, Work.Flops flops) {
    flops.did(TEXT_FLOPS);
    try (var _ = device.ops.openScope()) {
      return text.encoder.apply(text.ids, Observer.NONE);
    }
  }

  @Benchmark
  public Tensor guidedStep(Device device, Step step, Work.Flops flops) {
    flops.did(2 * UNET_FLOPS);
    var ops = device.ops;
    try (var _ = ops.openScope()) {
      var noise = step.unet.apply(step.latents, step.constants, 0, Observer.NONE);
      return ops.weightedSum(
          new float[] {-6.5f, 7.5f}, ops.slice(noise, 0, 1), ops.slice(noise, 1, 2));
    }
  }

  @Benchmark
  public Tensor vaeDecoder(Device device, Picture picture, Work.Flops flops) {
    flops.did(VAE_FLOPS);
    try (var _ = device.ops.openScope()) {
      return picture.decoder.apply(picture.latents, Observer.NONE);
    }
  }
}
