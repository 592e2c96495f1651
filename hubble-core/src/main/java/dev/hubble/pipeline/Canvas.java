// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import dev.hubble.kernels.Ops;
import dev.hubble.kernels.Tensor;
import dev.hubble.nn.Observer;
import dev.hubble.schedulers.Scheduler;
import dev.hubble.vae.VaeEncoder;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/// Starts a run from a picture: image to image, and inpainting.
///
/// The picture's latents get the noise of a later step, and the run takes it away again (SDEdit,
/// Meng et al., 2021, arXiv:2108.01073). Inpainting with an ordinary UNet puts the picture's own
/// latents back after every step, with the noise of that step, wherever it is to stay (Lugmayr et
/// al., 2022, arXiv:2201.09865, without their repetitions).
final class Canvas {
  private final Scheduler scheduler;
  private final Tensor picture;
  private final Tensor noise;
  private final Tensor start;
  private final float @Nullable [] mask;

  /// The call that the run begins with.
  private final int firstCall;

  /// Draws noise in the order of diffusers: for the picture's latents, for the run, and with a mask
  /// once more for latents that only another kind of UNet would look at.
  Canvas(
      VaeEncoder encoder,
      StartImage image,
      Job job,
      Scheduler scheduler,
      RunNoise generators,
      Observer observer) {
    this.scheduler = scheduler;
    this.firstCall = scheduler.callOfStep(image.skipped(job.steps()));
    this.picture = encode(encoder, image, job, generators, observer);
    this.noise = generators.get();
    if (image.mask() == null) {
      this.mask = null;
    } else {
      this.mask = shrink(image.mask(), job.height(), job.width());
      generators.skip();
    }
    boolean fromNoise = mask != null && image.strength() == 1;
    this.start =
        fromNoise
            ? noise.ops().weightedSum(new float[] {scheduler.initNoiseSigma()}, noise)
            : scheduler.addNoise(picture, noise, firstCall);
  }

  int firstCall() {
    return firstCall;
  }

  /// The latents that the run starts from.
  Tensor start() {
    return start;
  }

  /// The latents after call `call`, with what is to stay put back.
  Tensor putBack(Tensor latents, int call, int calls) {
    if (mask == null) {
      return latents;
    }
    Tensor old = call + 1 < calls ? scheduler.addNoise(picture, noise, call + 1) : picture;
    float[] x = latents.toArray();
    float[] stays = old.toArray();
    for (int i = 0; i < x.length; i++) {
      float m = mask[i / RunNoise.LATENT_CHANNELS % mask.length];
      x[i] = (1 - m) * stays[i] + m * x[i];
    }
    return latents.ops().upload(x, latents.shape().toArray());
  }

  /// The encoder answers with a normal distribution of latents, and each picture of the batch draws
  /// its own from it.
  private static Tensor encode(
      VaeEncoder encoder, StartImage image, Job job, RunNoise generators, Observer observer) {
    Ops ops = encoder.convIn().ops();
    float[] pixels = image.pixels();
    float[] moments;
    try (var scope = ops.openScope()) {
      moments =
          Finite.check(
              encoder
                  .apply(ops.upload(pixels, 1, job.height(), job.width(), 3), observer)
                  .toArray(),
              "The VAE encoder");
    }
    Tensor z = generators.get();
    float[] values = z.toArray();
    int channels = RunNoise.LATENT_CHANNELS;
    int size = values.length / job.images().size();
    for (int i = 0; i < values.length; i++) {
      int at = i % size;
      int mean = at / channels * 2 * channels + at % channels;
      float deviation = (float) Math.exp(0.5f * Math.clamp(moments[mean + channels], -30f, 20f));
      values[i] = encoder.config().scalingFactor() * (moments[mean] + deviation * values[i]);
    }
    return ops.upload(values, z.shape().toArray());
  }

  /// The mask of the latents: the pixel in the corner of each.
  private static float[] shrink(float[] mask, int height, int width) {
    int scale = TextToImage.LATENT_SCALE;
    var small = new ArrayList<Float>();
    for (int y = 0; y < height; y += scale) {
      for (int x = 0; x < width; x += scale) {
        small.add(mask[y * width + x]);
      }
    }
    float[] values = new float[small.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = small.get(i);
    }
    return values;
  }
}
