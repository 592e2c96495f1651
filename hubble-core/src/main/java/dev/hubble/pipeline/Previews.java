// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import dev.hubble.kernels.Tensor;
import dev.hubble.model.Model;
import dev.hubble.nn.Observer;
import dev.hubble.schedulers.Denoised;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Makes pictures of latents that are not finished. Used by one run at a time.
final class Previews {
  private final Model model;
  private @Nullable Denoised denoised;
  private @Nullable LatentColors colors;

  Previews(Model model) {
    this.model = model;
  }

  /// What the UNet believes is below the noise that it saw.
  Tensor denoised(Tensor seen, Tensor answer, float time) {
    if (denoised == null) {
      denoised = new Denoised(model.scheduler());
    }
    return denoised.of(seen, answer, time);
  }

  /// Pictures of latents `[N,h,w,4]`, a pixel for each.
  List<BufferedImage> rough(Tensor latents) {
    if (colors == null) {
      colors = LatentColors.of(model.vae());
    }
    var pictures = new ArrayList<BufferedImage>();
    int h = latents.dim(1);
    int w = latents.dim(2);
    float[] values = latents.toArray();
    int size = values.length / latents.dim(0);
    for (int at = 0; at < values.length; at += size) {
      pictures.add(Pixels.toImage(colors.pixels(values, at, size), h, w));
    }
    return pictures;
  }

  /// The same decoded, one at a time as at the end of a run.
  List<BufferedImage> decoded(Tensor latents, Observer observer) {
    var ops = model.ops();
    var pictures = new ArrayList<BufferedImage>();
    for (int i = 0; i < latents.dim(0); i++) {
      try (var scope = ops.openScope()) {
        var pixels = model.vae().apply(ops.slice(latents, i, i + 1), observer);
        float[] values = Finite.check(pixels.toArray(), "The VAE decoder");
        pictures.add(Pixels.toImage(Pixels.toUnitRange(values), pixels.dim(1), pixels.dim(2)));
      }
    }
    return pictures;
  }
}
