// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.SeedSize;
import dev.hubble.Variation;
import dev.hubble.random.TorchGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Noise of two seeds, and noise of another size.
class InitialNoiseTest {
  private static float[] draw(
      long seed, @Nullable Variation variation, @Nullable SeedSize from, int h, int w) {
    return InitialNoise.draw(
        new Job.Image("", "", seed, variation),
        new TorchGenerator(seed),
        TorchGenerator::new,
        from,
        h,
        w);
  }

  private static float[] randn(long seed, int h, int w) {
    return new TorchGenerator(seed).randn(4 * h * w);
  }

  /// What `slerp` of the web UI's `rng.py` gives in PyTorch 2.13 for `randn(4,6,8)` of the seeds 5
  /// and 9 at 0.3.
  @Test
  void noiseIsMixedAsInTheWebUi() {
    float[] mixed = draw(5, new Variation(9, 0.3), null, 6, 8);
    int[] places = {0, 1, 2, 50, 100, 191};
    double[] expected = {1.434775, 0.1438341, -1.137963, 0.7573318, -0.3240498, -0.3400648};
    for (int i = 0; i < places.length; i++) {
      assertThat(Math.abs(mixed[places[i]] - expected[i])).isLessThanOrEqualTo(1e-6);
    }
    double sum = 0;
    for (float v : mixed) {
      sum += Math.abs(v);
    }
    assertThat(Math.abs(sum - 160.02297973632812)).isLessThanOrEqualTo(2e-5);
  }

  @Test
  void theEndsOfAVariationAreTheSeedsThemselves() {
    assertThat(draw(5, new Variation(9, 0), null, 6, 8)).isEqualTo(randn(5, 6, 8));
    assertThat(draw(5, new Variation(9, 1), null, 6, 8)).isEqualTo(randn(9, 6, 8));
    // Nowhere to go: a line, not a circle.
    float[] same = draw(5, new Variation(5, 0.5), null, 6, 8);
    float[] alone = randn(5, 6, 8);
    for (int i = 0; i < same.length; i++) {
      assertThat(Math.abs(same[i] - alone[i])).isLessThanOrEqualTo(1e-6f);
    }
  }

  @Test
  void aSmallerSeedStandsInTheMiddle() {
    float[] large = draw(5, null, new SeedSize(8 * 3, 8 * 2), 6, 8);
    float[] around = randn(5, 6, 8);
    float[] old = randn(5, 2, 3);
    for (int c = 0; c < 4; c++) {
      for (int y = 0; y < 6; y++) {
        for (int x = 0; x < 8; x++) {
          // (8-3)/2 and (6-2)/2, rounded down.
          boolean inside = x >= 2 && x < 5 && y >= 2 && y < 4;
          float expected = inside ? old[(c * 2 + y - 2) * 3 + x - 2] : around[(c * 6 + y) * 8 + x];
          assertThat(large[(c * 6 + y) * 8 + x]).isEqualTo(expected);
        }
      }
    }
  }

  /// The web UI rounds half of an odd difference away from the picture, so that its last column
  /// keeps noise of its own.
  @Test
  void ofALargerSeedTheMiddleIsSeen() {
    float[] small = draw(5, null, new SeedSize(8 * 8, 8 * 6), 4, 5);
    float[] around = randn(5, 4, 5);
    float[] old = randn(5, 6, 8);
    for (int c = 0; c < 4; c++) {
      for (int y = 0; y < 4; y++) {
        for (int x = 0; x < 5; x++) {
          float expected = x < 4 ? old[(c * 6 + y + 1) * 8 + x + 2] : around[(c * 4 + y) * 5 + x];
          assertThat(small[(c * 4 + y) * 5 + x]).isEqualTo(expected);
        }
      }
    }
  }

  @Test
  void aVariationIsMadeAtTheSizeOfTheSeed() {
    float[] picture = draw(5, new Variation(9, 0.3), new SeedSize(64, 48), 6, 8);
    assertThat(picture).isEqualTo(draw(5, new Variation(9, 0.3), null, 6, 8));
    float[] larger = draw(5, new Variation(9, 1), new SeedSize(24, 16), 6, 8);
    assertThat(larger[2 * 8 + 2]).isEqualTo(randn(9, 2, 3)[0]);
    assertThat(larger[0]).isEqualTo(randn(5, 6, 8)[0]);
  }
}
