// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import dev.hubble.nn.Observer;
import dev.hubble.random.TorchGenerator;
import dev.hubble.schedulers.SmallSystem;
import dev.hubble.vae.VaeDecoder;
import java.util.List;

/// What colour a latent stands for, roughly: each of red, green and blue as a weighted sum of its
/// four numbers. A VAE is far from linear, but of large areas of one colour this is the better
/// part.
///
/// @param weights `[3][5]`: for each colour the weights of the four numbers, then what is added
// Never compared.
@SuppressWarnings("ArrayRecordComponent")
record LatentColors(double[][] weights) {
  private static final int CHANNELS = RunNoise.LATENT_CHANNELS;

  /// For the VAE of Stable Diffusion v1: the numbers that ComfyUI and others use, too, after an
  /// idea in Hugging Face's forum of 2022.
  private static final LatentColors V1 =
      new LatentColors(
          new double[][] {
            {0.3512, 0.3250, -0.2829, -0.2120, 0},
            {0.2297, 0.4974, 0.1762, -0.2616, 0},
            {0.3227, 0.2350, 0.2721, -0.7177, 0}
          });

  /// Patches along each side of the picture that the weights are fitted to, and latents along each
  /// side of a patch.
  private static final int PATCHES = 8;

  private static final int PATCH = 4;

  /// Those of `vae`: known for the one that v1 models share, found by trying for another.
  static LatentColors of(VaeDecoder vae) {
    var config = vae.config();
    boolean v1 =
        config.blockOutChannels().equals(List.of(128, 256, 512, 512))
            && config.scalingFactor() == 0.18215f;
    return v1 ? V1 : fit(vae);
  }

  /// Decodes patches of one latent each and fits the weights to what comes out (least squares).
  static LatentColors fit(VaeDecoder vae) {
    float[] draws = new TorchGenerator(0).randn(PATCHES * PATCHES * CHANNELS);
    int side = PATCHES * PATCH;
    float[] latents = new float[side * side * CHANNELS];
    for (int i = 0; i < latents.length; i++) {
      int x = i / CHANNELS % side;
      int y = i / CHANNELS / side;
      latents[i] = draws[(y / PATCH * PATCHES + x / PATCH) * CHANNELS + i % CHANNELS];
    }
    var ops = vae.convIn().ops();
    try (var scope = ops.openScope()) {
      var decoded = vae.apply(ops.upload(latents, 1, side, side, CHANNELS), Observer.NONE);
      return fit(draws, decoded.toArray(), decoded.dim(1));
    }
  }

  private static LatentColors fit(float[] draws, float[] pixels, int side) {
    double[][] weights = new double[3][];
    for (int color = 0; color < 3; color++) {
      double[][] a = new double[CHANNELS + 1][CHANNELS + 1];
      double[] b = new double[CHANNELS + 1];
      for (int patch = 0; patch < PATCHES * PATCHES; patch++) {
        double[] terms = new double[CHANNELS + 1];
        for (int k = 0; k < CHANNELS; k++) {
          terms[k] = draws[patch * CHANNELS + k];
        }
        terms[CHANNELS] = 1;
        double value = middle(pixels, side, patch, color);
        for (int row = 0; row <= CHANNELS; row++) {
          for (int col = 0; col <= CHANNELS; col++) {
            a[row][col] += terms[row] * terms[col];
          }
          b[row] += terms[row] * value;
        }
      }
      weights[color] = SmallSystem.solve(a, b);
    }
    return new LatentColors(weights);
  }

  /// The mean of a colour in the middle of a patch, where its neighbours do not show.
  private static double middle(float[] pixels, int side, int patch, int color) {
    int size = side / PATCHES;
    double sum = 0;
    int count = 0;
    for (int y = size / 4; y < size - size / 4; y++) {
      for (int x = size / 4; x < size - size / 4; x++) {
        int row = patch / PATCHES * size + y;
        int column = patch % PATCHES * size + x;
        sum += Math.clamp(pixels[(row * side + column) * 3 + color], -1f, 1f);
        count++;
      }
    }
    return sum / count;
  }

  /// The colours of the latents in `values` from `at` on, `[h,w,3]` from 0 to 1.
  float[] pixels(float[] values, int at, int size) {
    float[] pixels = new float[size / CHANNELS * 3];
    for (int i = 0; i < pixels.length; i++) {
      double[] w = weights[i % 3];
      double sum = w[CHANNELS];
      for (int k = 0; k < CHANNELS; k++) {
        sum += w[k] * values[at + i / 3 * CHANNELS + k];
      }
      pixels[i] = (float) sum;
    }
    return Pixels.toUnitRange(pixels);
  }
}
