// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import dev.hubble.Tiling;
import dev.hubble.kernels.Ops;
import dev.hubble.kernels.Tensor;
import dev.hubble.nn.Conv2d;
import dev.hubble.nn.Observer;
import dev.hubble.vae.VaeDecoder;
import dev.hubble.vae.VaeEncoder;
import java.util.function.Supplier;

/// The VAE as the pipeline uses it: one picture at a time, since it needs far more memory than the
/// UNet, and in [Tiles] if even one is too much.
///
/// @param encoder asked only by those that start from a picture
/// @param tiled whether pictures larger than a tile are cut into tiles
/// @param tiling along which axes pictures continue on their opposite side
record VaeStage(
    VaeDecoder decoder,
    Supplier<VaeEncoder> encoder,
    boolean tiled,
    Tiling tiling,
    Observer observer) {
  private static final int SCALE = TextToImage.LATENT_SCALE;

  Ops ops() {
    return decoder.convIn().ops();
  }

  /// The pixels of one picture's latents `[1,h,w,4]`: `[8h,8w,3]`, about -1 to 1.
  float[] decode(Tensor latents) {
    int h = latents.dim(1);
    int w = latents.dim(2);
    if (!tiled) {
      return decodeWhole(latents);
    }
    if (tiling != Tiling.NONE) {
      return new WrappedTiles(decoder.config().sampleSize() / SCALE, 1, SCALE, tiling)
          .run(latents.toArray(), h, w, RunNoise.LATENT_CHANNELS, this::decodeWrapped);
    }
    return Tiles.decoding(decoder.config().sampleSize() / SCALE, SCALE)
        .run(latents.toArray(), h, w, RunNoise.LATENT_CHANNELS, this::decodeTile);
  }

  private float[] decodeWrapped(float[] tile, int rows, int columns, Tiling inside) {
    return Conv2d.tiled(inside, () -> decodeTile(tile, rows, columns));
  }

  private float[] decodeTile(float[] tile, int rows, int columns) {
    try (var scope = ops().openScope()) {
      return decodeWhole(ops().upload(tile, 1, rows, columns, RunNoise.LATENT_CHANNELS));
    }
  }

  private float[] decodeWhole(Tensor latents) {
    try (var scope = ops().openScope()) {
      return Finite.check(decoder.apply(latents, observer).toArray(), "The VAE decoder");
    }
  }

  /// Latents of a picture `[height,width,3]`, -1 to 1. The encoder answers with a normal
  /// distribution of latents, and each picture of the batch draws its own from it.
  ///
  /// @param noise what it draws with, `[N,h,w,4]`
  /// @return `[N,h,w,4]`, scaled as the UNet sees them
  Tensor encode(float[] pixels, int height, int width, Tensor noise) {
    float[] moments = moments(pixels, height, width);
    float[] values = noise.toArray();
    int channels = RunNoise.LATENT_CHANNELS;
    int size = values.length / noise.dim(0);
    for (int i = 0; i < values.length; i++) {
      int at = i % size;
      int mean = at / channels * 2 * channels + at % channels;
      float deviation = (float) Math.exp(0.5f * Math.clamp(moments[mean + channels], -30f, 20f));
      values[i] = decoder.config().scalingFactor() * (moments[mean] + deviation * values[i]);
    }
    return ops().upload(values, noise.shape().toArray());
  }

  /// Mean and log-variance of the latents: `[h,w,8]`.
  private float[] moments(float[] pixels, int height, int width) {
    if (!tiled) {
      return momentsWhole(pixels, height, width);
    }
    if (tiling != Tiling.NONE) {
      return new WrappedTiles(decoder.config().sampleSize() / SCALE, SCALE, 1, tiling)
          .run(
              pixels,
              height / SCALE,
              width / SCALE,
              3,
              (tile, rows, columns, inside) ->
                  Conv2d.tiled(inside, () -> momentsWhole(tile, rows, columns)));
    }
    return Tiles.encoding(decoder.config().sampleSize(), SCALE)
        .run(pixels, height, width, 3, this::momentsWhole);
  }

  private float[] momentsWhole(float[] pixels, int height, int width) {
    try (var scope = ops().openScope()) {
      var x = ops().upload(pixels, 1, height, width, 3);
      return Finite.check(encoder.get().apply(x, observer).toArray(), "The VAE encoder");
    }
  }
}
