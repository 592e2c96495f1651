// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.kernels.Backends;
import dev.hubble.kernels.Ops;
import dev.hubble.model.LazyEncoder;
import dev.hubble.model.Model;
import dev.hubble.model.Models;
import dev.hubble.nn.Observer;
import dev.hubble.random.TorchGenerator;
import dev.hubble.reference.Reference;
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
    return new VaeStage(model.vae(), encoder, tiled, Observer.NONE);
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

  private static long peakOfEncoding(int side, boolean tiled) {
    float[] pixels = new float[8 * side * 8 * side * 3];
    try (var scope = ops.openScope()) {
      var noise = ops.upload(new float[side * side * 4], 1, side, side, 4);
      assertThat(stage(tiled).encode(pixels, 8 * side, 8 * side, noise).dim(1)).isEqualTo(side);
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
    assertThat((double) peakOfEncoding(48, true)).isLessThan(1.2 * peakOfEncoding(16, false));
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
