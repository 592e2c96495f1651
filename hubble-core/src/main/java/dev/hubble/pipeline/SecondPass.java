// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import dev.hubble.Hires;
import dev.hubble.kernels.Ops;
import dev.hubble.kernels.Tensor;
import dev.hubble.schedulers.Scheduler;
import java.util.ArrayList;

/// Enlarges what the first pass drew, as the start of the second. Its noise comes from the seeds
/// again, at the new size, as in AUTOMATIC1111's web UI.
final class SecondPass {
  private SecondPass() {}

  /// The canvas of the second pass.
  ///
  /// @param latents what the first pass left, `[N,h,w,4]`
  static Canvas canvas(
      Tensor latents, Hires hires, Job job, Scheduler scheduler, int firstStep, VaeStage vae) {
    Ops ops = vae.ops();
    int h = job.finalHeight() / TextToImage.LATENT_SCALE;
    int w = job.finalWidth() / TextToImage.LATENT_SCALE;
    var noise = new RunNoise(ops, job, h, w, null);
    Tensor larger =
        hires.upscaler().ofLatents()
            ? enlargeLatents(latents, hires.upscaler(), h, w)
            : enlargePictures(latents, hires.upscaler(), job, vae, noise);
    return Canvas.of(larger, scheduler, firstStep, noise);
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
