// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ResizeTest {
  /// `torch.nn.functional.interpolate(arange(12.).reshape(1,1,3,4)**1.5, size=(5,7), mode=...)` of
  /// PyTorch 2.13: elements 0, 1, 8, 17, 20, 34, and the sum.
  @ParameterizedTest
  @CsvSource({
    "BILINEAR, 0, 0.3571429, 3.86862, 12.93864, 18.52026, 36.48287, 519.8263247907162",
    "BICUBIC_TORCH, -0.8464492, -0.6010565, 2.502755, 12.87836, 18.8996, 38.69936, 521.2410360351205",
    "NEAREST, 0, 0, 0, 11.18034, 18.52026, 36.48287, 397.2389030456543"
  })
  void latentsAreEnlargedAsInPyTorch(
      Resize filter,
      double at0,
      double at1,
      double at8,
      double at17,
      double at20,
      double at34,
      double sum) {
    float[] image = new float[12];
    for (int i = 0; i < 12; i++) {
      image[i] = (float) Math.pow(i, 1.5);
    }
    float[] large = filter.apply(image, 3, 4, 1, 5, 7);
    double[] expected = {at0, at1, at8, at17, at20, at34};
    int[] places = {0, 1, 8, 17, 20, 34};
    double total = 0;
    for (float v : large) {
      total += v;
    }
    assertThat(Math.abs(total - sum)).isLessThanOrEqualTo(2e-4);
    for (int i = 0; i < places.length; i++) {
      assertThat(Math.abs(large[places[i]] - expected[i])).isLessThanOrEqualTo(1e-5);
    }
  }

  @ParameterizedTest
  @EnumSource(Resize.class)
  void aPlainPictureStaysPlainAndChannelsDoNotMix(Resize filter) {
    float[] image = new float[5 * 3 * 2];
    for (int i = 0; i < image.length; i++) {
      image[i] = i % 2 == 0 ? 0.25f : -3;
    }
    float[] large = filter.apply(image, 5, 3, 2, 12, 8);
    for (int i = 0; i < large.length; i++) {
      assertThat(Math.abs(large[i] - (i % 2 == 0 ? 0.25f : -3))).isLessThanOrEqualTo(1e-6f);
    }
  }

  /// Away from the edges Keys' cubic with -1/2 reproduces even a parabola, and a straight line is
  /// one to all but the nearest pixel; Lanczos' window only comes near.
  @ParameterizedTest
  @CsvSource({"BILINEAR, 1, 1e-6", "BICUBIC, 1, 1e-6", "BICUBIC, 2, 1e-5", "LANCZOS, 1, 0.05"})
  void smoothPicturesStaySmooth(Resize filter, int power, double tolerance) {
    float[] line = new float[20];
    for (int i = 0; i < 20; i++) {
      line[i] = (float) Math.pow(i, power);
    }
    float[] wide = filter.apply(line, 1, 20, 1, 1, 50);
    float[] high = filter.apply(line, 20, 1, 1, 50, 1);
    assertThat(high).isEqualTo(wide);
    for (int i = 10; i < 40; i++) {
      double place = (i + 0.5) * 20 / 50 - 0.5;
      assertThat(Math.abs(wide[i] - Math.pow(place, power))).isLessThanOrEqualTo(tolerance);
    }
  }

  /// Half a pixel off the grid, Lanczos' weights are `sinc(d) sinc(d/3)` at d = ±½, ±1½, ±2½,
  /// normalised.
  @Test
  void lanczosIsASincInAWindow() {
    float[] dot = new float[15];
    dot[7] = 1;
    float[] large = Resize.LANCZOS.apply(dot, 1, 15, 1, 1, 30);
    double total = 0;
    for (double d = -2.75; d < 3; d++) {
      total += weight(d);
    }
    // Result pixel 15 lies at 7.25.
    assertThat(Math.abs(large[15] - weight(0.25) / total)).isLessThanOrEqualTo(1e-6);
    assertThat(Math.abs(large[17] - weight(1.25) / total)).isLessThanOrEqualTo(1e-6);
  }

  private static double weight(double d) {
    double x = Math.PI * d;
    return Math.sin(x) / x * Math.sin(x / 3) / (x / 3);
  }
}
