// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench;

import dev.hubble.bench.model.Cost;
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
/// How much arithmetic a call is is counted by [Cost]; what is prepared once per picture is left
/// out.
@Warmup(iterations = 1)
@Measurement(iterations = 3)
public class Networks extends Settings {
  private static final int SIZE = 512;

  /// One prompt.
  @State(Scope.Benchmark)
  @NullUnmarked // set up by JMH
  public static class Text {
    private TextEncoder encoder;
    private final int[] ids = new int[77];
    private double work;

    @Setup(Level.Trial)
    public void prepare(Device device) {
      encoder = FullSize.textEncoder(device.ops);
      work = Cost.ofText();
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
    private double work;

    @Setup(Level.Trial)
    public void prepare(Device device) {
      unet = FullSize.unet(device.ops);
      constants = Cost.prepare(device.ops, unet, 1);
      latents = Cost.latents(device.ops, SIZE, 1);
      work = Cost.ofGuidedStep(SIZE, 1);
    }
  }

  /// One picture's latents.
  @State(Scope.Benchmark)
  @NullUnmarked // set up by JMH
  public static class Picture {
    private VaeDecoder decoder;
    private Tensor latents;
    private double work;

    @Setup(Level.Trial)
    public void prepare(Device device) {
      decoder = FullSize.vaeDecoder(device.ops);
      latents = Cost.latents(device.ops, SIZE, 1);
      work = Cost.ofDecoding(SIZE);
    }
  }

  @Benchmark
  public Tensor textEncoder(Device device, Text text, Work.Flops flops) {
    flops.did(text.work);
    try (var _ = device.ops.openScope()) {
      return text.encoder.apply(text.ids, Observer.NONE);
    }
  }

  @Benchmark
  public Tensor guidedStep(Device device, Step step, Work.Flops flops) {
    flops.did(step.work);
    try (var _ = device.ops.openScope()) {
      return Cost.guidedStep(step.unet, step.constants, step.latents);
    }
  }

  @Benchmark
  public Tensor vaeDecoder(Device device, Picture picture, Work.Flops flops) {
    flops.did(picture.work);
    try (var _ = device.ops.openScope()) {
      return picture.decoder.apply(picture.latents, Observer.NONE);
    }
  }
}
