// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.model;

import dev.hubble.clip.TextEncoder;
import dev.hubble.kernels.HostTensor;
import dev.hubble.kernels.Ops;
import dev.hubble.kernels.Shape;
import dev.hubble.kernels.Tensor;
import dev.hubble.nn.Observer;
import dev.hubble.unet.UNet;
import dev.hubble.vae.VaeDecoder;
import java.util.Arrays;
import java.util.function.IntConsumer;

/// A picture of 512x512 by the three full-size networks, whose weights are made by formula: two
/// prompts, a UNet call with guidance for each step and one more, as PNDM has it, and the decoder.
/// What it shows is noise; what it takes is what a real one takes.
public final class FullSizePicture {
  private static final int PLACES = 64;
  private static final int CHANNELS = 4;

  private final Ops ops;
  private final TextEncoder encoder;
  private final UNet unet;
  private final VaeDecoder decoder;

  /// Makes and packs the weights.
  public FullSizePicture(Ops ops) {
    this.ops = ops;
    encoder = FullSize.textEncoder(ops);
    unet = FullSize.unet(ops);
    decoder = FullSize.vaeDecoder(ops);
  }

  /// The middle one of the networks.
  UNet unet() {
    return unet;
  }

  /// Draws.
  ///
  /// @param afterCall hears the number of each UNet call when all of it is asked for
  /// @return `[512,512,3]`
  public float[] draw(int steps, IntConsumer afterCall) {
    try (var _ = ops.openScope()) {
      int[] ids = new int[77];
      Arrays.fill(ids, 49407);
      ids[0] = 49406;
      var text = ops.batch(encoder.apply(ids, Observer.NONE), encoder.apply(ids, Observer.NONE));
      float[] times = new float[steps + 1];
      for (int i = 0; i < times.length; i++) {
        times[i] = 981 - 980f * i / Math.max(1, steps);
      }
      var constants = unet.prepare(text, times);
      var shape = new int[] {1, PLACES, PLACES, CHANNELS};
      int size = Math.toIntExact(Shape.of(shape).size());
      Tensor latents = ops.upload(HostTensor.of(Formula.uniform("latents", size), shape));
      for (int i = 0; i < times.length; i++) {
        try (var step = ops.openScope()) {
          var noise = unet.apply(latents, constants, i, Observer.NONE);
          var guided =
              ops.weightedSum(
                  new float[] {-6.5f, 7.5f}, ops.slice(noise, 0, 1), ops.slice(noise, 1, 2));
          var next = ops.weightedSum(new float[] {1, -0.02f}, latents, guided);
          latents = step.keep(next);
        }
        afterCall.accept(i);
      }
      return decoder.apply(latents, Observer.NONE).toArray();
    }
  }
}
