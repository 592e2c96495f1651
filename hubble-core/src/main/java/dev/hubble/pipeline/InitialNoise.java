// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import dev.hubble.SeedSize;
import dev.hubble.Variation;
import dev.hubble.random.NoiseSource;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/// The first noise of a picture, `[4,h,w]`, where it is more than what its generator gives next.
/// AUTOMATIC1111's web UI makes it so (`ImageRNG`), and recipes with a variation seed mean this.
final class InitialNoise {
  private static final int CHANNELS = RunNoise.LATENT_CHANNELS;

  private InitialNoise() {}

  /// The noise of one picture.
  ///
  /// @param generator the picture's own, which the rest of the run goes on drawing from
  /// @param fresh makes the generator of a seed
  /// @param from the size that the seed was found at; null for this one
  static float[] draw(
      Job.Image image,
      NoiseSource generator,
      LongFunction<NoiseSource> fresh,
      @Nullable SeedSize from,
      int h,
      int w) {
    int scale = TextToImage.LATENT_SCALE;
    int oldHeight = from == null ? h : from.height() / scale;
    int oldWidth = from == null ? w : from.width() / scale;
    boolean resized = oldHeight != h || oldWidth != w;
    int n = CHANNELS * oldHeight * oldWidth;
    float[] noise = resized ? fresh.apply(image.seed()).randn(n) : generator.randn(n);
    Variation variation = image.variation();
    if (variation != null && variation.strength() > 0) {
      float[] other = fresh.apply(variation.seed()).randn(n);
      noise = slerp(variation.strength(), noise, other, oldHeight, oldWidth);
    }
    if (!resized) {
      return noise;
    }
    float[] canvas = generator.randn(CHANNELS * h * w);
    inTheMiddle(noise, oldHeight, oldWidth, canvas, h, w);
    return canvas;
  }

  /// From `low` to `high` along the great circle. The vectors are the columns of each channel,
  /// which is an accident of the web UI's (the norm is taken along axis 1 of `[4,h,w]`), and part
  /// of what its recipes mean.
  static float[] slerp(double part, float[] low, float[] high, int h, int w) {
    float[] mixed = new float[low.length];
    for (int c = 0; c < CHANNELS; c++) {
      for (int x = 0; x < w; x++) {
        int at = c * h * w + x;
        double lows = 0;
        double highs = 0;
        double dot = 0;
        for (int i = at; i < at + h * w; i += w) {
          lows += (double) low[i] * low[i];
          highs += (double) high[i] * high[i];
          dot += (double) low[i] * high[i];
        }
        double angle = Math.acos(Math.clamp(dot / Math.sqrt(lows * highs), -1.0, 1.0));
        // Along a circle that is a straight line, in either direction, nothing but the line is
        // left.
        boolean straight = !(Math.sin(angle) > 1e-6);
        double ofLow = straight ? 1 - part : Math.sin((1 - part) * angle) / Math.sin(angle);
        double ofHigh = straight ? part : Math.sin(part * angle) / Math.sin(angle);
        for (int i = at; i < at + h * w; i += w) {
          mixed[i] = (float) (ofLow * low[i] + ofHigh * high[i]);
        }
      }
    }
    return mixed;
  }

  /// Copies the middle of `old`, as much as fits, into the middle of `canvas`.
  private static void inTheMiddle(
      float[] old, int oldHeight, int oldWidth, float[] canvas, int h, int w) {
    int dx = Math.floorDiv(w - oldWidth, 2);
    int dy = Math.floorDiv(h - oldHeight, 2);
    int columns = dx >= 0 ? oldWidth : oldWidth + 2 * dx;
    int rows = dy >= 0 ? oldHeight : oldHeight + 2 * dy;
    for (int c = 0; c < CHANNELS; c++) {
      for (int y = 0; y < rows; y++) {
        int from = (c * oldHeight + y + Math.max(-dy, 0)) * oldWidth + Math.max(-dx, 0);
        int to = (c * h + y + Math.max(dy, 0)) * w + Math.max(dx, 0);
        System.arraycopy(old, from, canvas, to, columns);
      }
    }
  }
}
