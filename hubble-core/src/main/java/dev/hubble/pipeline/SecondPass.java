// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import dev.hubble.Hires;
import dev.hubble.Latents;
import dev.hubble.kernels.Ops;
import dev.hubble.kernels.Tensor;
import dev.hubble.schedulers.Scheduler;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Objects;

/// Enlarges what the first pass drew, as the start of the second. Its noise comes from the seeds
/// again, at the new size, as in AUTOMATIC1111's web UI.
final class SecondPass {
  private SecondPass() {}

  /// The canvas of the second pass.
  ///
  /// @param latents what the first pass left, `[N,h,w,4]`
  /// @param unetChannels how many the UNet takes
  static Canvas canvas(
      Tensor latents,
      Hires hires,
      Job job,
      Scheduler scheduler,
      int firstStep,
      VaeStage vae,
      int unetChannels) {
    Ops ops = vae.ops();
    int h = job.finalHeight() / TextToImage.LATENT_SCALE;
    int w = job.finalWidth() / TextToImage.LATENT_SCALE;
    var noise = new RunNoise(ops, job, h, w, null);
    Tensor larger =
        hires.upscaler().ofLatents()
            ? enlargeLatents(latents, hires.upscaler(), h, w)
            : enlargePictures(latents, hires.upscaler(), job, vae, noise);
    var start = job.start();
    return start == null || start.mask() == null
        ? Canvas.of(larger, scheduler, firstStep, noise)
        : Canvas.again(
            larger, enlarged(start, job), job, scheduler, firstStep, noise, vae, unetChannels);
  }

  /// The picture that is to stay where the mask says so, as large as the result: pixels as
  /// AUTOMATIC1111's web UI resizes initial pictures, latents as their own upscaler does it, and a
  /// mask that is all or nothing, as it was.
  private static StartImage enlarged(StartImage start, Job job) {
    int h = job.finalHeight();
    int w = job.finalWidth();
    float[] mask = Objects.requireNonNull(start.mask());
    float[] pixels = start.pixels();
    var latents = start.latents();
    if (pixels != null) {
      pixels = Resize.LANCZOS.apply(pixels, job.height(), job.width(), 3, h, w);
      for (int i = 0; i < pixels.length; i++) {
        pixels[i] = Math.clamp(pixels[i], -1f, 1f);
      }
    }
    if (latents != null) {
      latents = enlarged(latents, h / TextToImage.LATENT_SCALE, w / TextToImage.LATENT_SCALE);
    }
    return new StartImage(
        pixels,
        latents,
        start.strength(),
        Resize.NEAREST.apply(mask, job.height(), job.width(), 1, h, w));
  }

  private static Latents enlarged(Latents small, int h, int w) {
    int planes = small.count() * Latents.CHANNELS;
    int size = small.height() * small.width();
    float[] values = small.values();
    float[] large = new float[planes * h * w];
    for (int k = 0; k < planes; k++) {
      float[] plane = Arrays.copyOfRange(values, k * size, (k + 1) * size);
      float[] y = Resize.BILINEAR.apply(plane, small.height(), small.width(), 1, h, w);
      System.arraycopy(y, 0, large, k * h * w, h * w);
    }
    return Latents.of(large, small.count(), h, w);
  }

  private static Resize filter(Hires.Upscaler upscaler) {
    return switch (upscaler) {
      case LATENT -> Resize.BILINEAR;
      case LATENT_NEAREST -> Resize.NEAREST;
      case LATENT_BICUBIC -> Resize.BICUBIC_TORCH;
      case BICUBIC -> Resize.BICUBIC;
      case LANCZOS -> Resize.LANCZOS;
    };
  }

  private static Tensor enlargeLatents(Tensor latents, Hires.Upscaler upscaler, int h, int w) {
    Ops ops = latents.ops();
    int channels = latents.dim(3);
    var each = new ArrayList<Tensor>();
    for (int i = 0; i < latents.dim(0); i++) {
      float[] x = ops.slice(latents, i, i + 1).toArray();
      float[] y = filter(upscaler).apply(x, latents.dim(1), latents.dim(2), channels, h, w);
      each.add(ops.upload(y, 1, h, w, channels));
    }
    return ops.batch(each.toArray(Tensor[]::new));
  }

  private static Tensor enlargePictures(
      Tensor latents, Hires.Upscaler upscaler, Job job, VaeStage vae, RunNoise generators) {
    Ops ops = vae.ops();
    Tensor noise = generators.get();
    var each = new ArrayList<Tensor>();
    for (int i = 0; i < latents.dim(0); i++) {
      float[] small = vae.decode(ops.slice(latents, i, i + 1));
      float[] large =
          filter(upscaler)
              .apply(small, job.height(), job.width(), 3, job.finalHeight(), job.finalWidth());
      for (int k = 0; k < large.length; k++) {
        large[k] = Math.clamp(large[k], -1f, 1f);
      }
      each.add(vae.encode(large, job.finalHeight(), job.finalWidth(), ops.slice(noise, i, i + 1)));
    }
    return ops.batch(each.toArray(Tensor[]::new));
  }
}
