// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.Tiling;
import dev.hubble.kernels.Backends;
import dev.hubble.kernels.Ops;
import dev.hubble.model.LazyEncoder;
import dev.hubble.model.Model;
import dev.hubble.model.Models;
import dev.hubble.nn.Observer;
import dev.hubble.random.TorchGenerator;
import dev.hubble.reference.Reference;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The VAE in tiles: how much memory it needs, and how far from the whole it is.
class VaeStageTest {
  private static Ops ops;
  private static Model model;
  private static LazyEncoder encoder;

  @BeforeAll
  static void load() {
    ops = Backends.open("cpu", new Backends.Options(0));
    var files = Models.find("mini");
    model = Model.load(files, ops);
    encoder = new LazyEncoder(files, ops);
    var _ = encoder.get();
  }

  @AfterAll
  static void close() {
    ops.close();
  }

  private static VaeStage stage(boolean tiled) {
    return stage(tiled, Tiling.NONE);
  }

  private static VaeStage stage(boolean tiled, Tiling tiling) {
    return new VaeStage(model.vae(), encoder, tiled, tiling, Observer.NONE);
  }

  /// `[side,columns,channels]`, moved to the right.
  private static float[] moved(float[] x, int columns, int channels, int by) {
    float[] y = new float[x.length];
    for (int i = 0; i < x.length / channels; i++) {
      int to = i / columns * columns + (i % columns + by) % columns;
      System.arraycopy(x, i * channels, y, to * channels, channels);
    }
    return y;
  }

  /// In tiles, too, a picture without seams has no place that is special: moved by as much as there
  /// is between two tiles, it is the same picture, moved. Without wrapping it is far from that.
  @Test
  void seamlessTilesShowNoSeam() {
    int h = 16;
    int w = 36; // three tiles, 12 apart; one along the other axis
    float[] values = new TorchGenerator(3).randn(h * w * 4);
    try (var scope = ops.openScope()) {
      var latents = ops.upload(values, 1, h, w, 4);
      var other = ops.upload(moved(values, w, 4, 12), 1, h, w, 4);
      for (var tiling : List.of(Tiling.XY, Tiling.X, Tiling.NONE)) {
        var stage = stage(true, tiling);
        float[] picture = stage.decode(latents);
        double decoded =
            Reference.relativeL2(stage.decode(other), moved(picture, 8 * w, 3, 8 * 12));
        var none = ops.upload(new float[h * w * 4], 1, h, w, 4);
        double encoded =
            Reference.relativeL2(
                stage.encode(moved(picture, 8 * w, 3, 8 * 12), 8 * h, 8 * w, none).toArray(),
                moved(stage.encode(picture, 8 * h, 8 * w, none).toArray(), w, 4, 12));
        System.out.printf("%s: pixels %.2e, latents %.2e%n", tiling, decoded, encoded);
        if (tiling == Tiling.NONE) {
          assertThat(decoded).isGreaterThan(1e-3);
          assertThat(encoded).isGreaterThan(1e-3);
        } else {
          assertThat(decoded).isLessThanOrEqualTo(1e-6);
          assertThat(encoded).isLessThanOrEqualTo(1e-6);
        }
      }
    }
  }

  /// Latents that vary slowly, as those of pictures do.
  private static float[] smooth(int side) {
    return smooth(side, side);
  }

  private static float[] smooth(int height, int width) {
    float[] x = new float[height * width * 4];
    for (int i = 0; i < x.length; i++) {
      int column = i / 4 % width;
      int row = i / 4 / width;
      x[i] = (float) Math.sin(0.05 * column * (i % 4 + 1) + 0.08 * row);
    }
    return x;
  }

  private static long peakOfDecoding(int height, int width, boolean tiled) {
    try (var scope = ops.openScope()) {
      var latents = ops.upload(smooth(height, width), 1, height, width, 4);
      assertThat(stage(tiled).decode(latents)).hasSize(8 * height * 8 * width * 3);
    }
    return ops.peakBytes();
  }

  private static long peakOfEncoding(int height, int width, boolean tiled) {
    float[] pixels = new float[8 * height * 8 * width * 3];
    try (var scope = ops.openScope()) {
      var noise = ops.upload(new float[height * width * 4], 1, height, width, 4);
      var latents = stage(tiled).encode(pixels, 8 * height, 8 * width, noise);
      assertThat(latents.dim(1)).isEqualTo(height);
    }
    return ops.peakBytes();
  }

  @Test
  void memoryDoesNotGrowWithThePicture() {
    // One tile; those at the right and lower edge are smaller, and take another way to convolve.
    long small = Math.max(peakOfDecoding(16, 16, false), peakOfDecoding(16, 12, false));
    long tiled = peakOfDecoding(48, 48, true);
    long whole = peakOfDecoding(48, 48, false);
    System.out.printf("decoding: %,d, tiled %,d, whole %,d bytes%n", small, tiled, whole);
    assertThat(small).isPositive();
    assertThat(whole).isGreaterThan(5 * small);
    assertThat((double) tiled).isLessThan(1.2 * small);
    long encoded = Math.max(peakOfEncoding(16, 16, false), peakOfEncoding(16, 12, false));
    assertThat(peakOfEncoding(48, 48, false)).isGreaterThan(5 * encoded);
    assertThat((double) peakOfEncoding(48, 48, true)).isLessThan(1.2 * encoded);
  }

  /// Each tile is normalised by itself and attends to itself alone, so tiles come near the whole
  /// and no nearer. Noise would be √2 away.
  @Test
  void tilesComeNearTheWhole() {
    try (var scope = ops.openScope()) {
      var latents = ops.upload(smooth(40), 1, 40, 40, 4);
      float[] whole = stage(false).decode(latents);
      double pixels = Reference.relativeL2(stage(true).decode(latents), whole);
      var noise = ops.upload(new TorchGenerator(1).randn(40 * 40 * 4), 1, 40, 40, 4);
      double back =
          Reference.relativeL2(
              stage(true).encode(whole, 320, 320, noise).toArray(),
              stage(false).encode(whole, 320, 320, noise).toArray());
      System.out.printf("tiles: pixels %.3f, latents %.3f from the whole%n", pixels, back);
      assertThat(pixels).isBetween(1e-9, 0.3);
      assertThat(back).isBetween(1e-9, 0.5);
    }
  }
}
