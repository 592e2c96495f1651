// SPDX-License-Identifier: Apache-2.0
package dev.hubble.reference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.Cancellation;
import dev.hubble.Latents;
import dev.hubble.Modes;
import dev.hubble.NoiseKind;
import dev.hubble.Progress;
import dev.hubble.Prompting;
import dev.hubble.Tiling;
import dev.hubble.VaeTiling;
import dev.hubble.kernels.Ops;
import dev.hubble.pipeline.Job;
import dev.hubble.pipeline.TextToImage;
import dev.hubble.random.TorchGenerator;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Pictures without seams.
class SeamlessTest {
  /// Rows and columns of the latents: three halvings must come out even, so that a picture can be
  /// moved by any multiple of eight latents.
  private static final int SIDE = 16;

  private static float[] run(Ops ops, float[] noise, Tiling tiling) {
    var modes =
        new Modes(
            List.of(),
            null,
            null,
            null,
            null,
            Latents.of(noise, 1, SIDE, SIDE),
            null,
            null,
            tiling,
            VaeTiling.AUTO);
    var job =
        new Job(
            List.of(new Job.Image(PipelineTest.PROMPT, "", 1)),
            3,
            5,
            8 * SIDE,
            8 * SIDE,
            "euler",
            0,
            NoiseKind.TORCH_CPU,
            0,
            0,
            Prompting.DEFAULT,
            null,
            modes);
    return new TextToImage(Reference.tinySd(ops))
        .run(job, Progress.NONE, new Cancellation())
        .pixels()
        .getFirst();
  }

  /// `[h,w,C]` or, with `planes`, C times `[h,w]`, moved down and to the right.
  private static float[] rolled(float[] x, int side, int planes, int down, int right) {
    float[] y = new float[x.length];
    int depth = x.length / (planes * side * side);
    for (int k = 0; k < planes; k++) {
      for (int p = 0; p < side; p++) {
        for (int q = 0; q < side; q++) {
          int to = ((k * side + (p + down) % side) * side + (q + right) % side) * depth;
          System.arraycopy(x, ((k * side + p) * side + q) * depth, y, to, depth);
        }
      }
    }
    return y;
  }

  /// Along an axis that wraps there is no place that is special: moved noise gives the moved
  /// picture. Along one that does not, it does not.
  @ParameterizedTest
  @CsvSource({
    "cpu, XY, 8, 8, true",
    "cpu, X, 0, 8, true",
    "cpu, X, 8, 0, false",
    "cpu, Y, 8, 0, true",
    "cpu, Y, 0, 8, false",
    "cpu, NONE, 8, 8, false",
    "reference, XY, 8, 0, true"
  })
  void movedNoiseGivesTheMovedPicture(
      String device, Tiling tiling, int down, int right, boolean same) {
    try (var ops = Reference.open(device)) {
      float[] noise = new TorchGenerator(5).randn(4 * SIDE * SIDE);
      float[] picture = run(ops, noise, tiling);
      float[] moved = run(ops, rolled(noise, SIDE, 4, down, right), tiling);
      double distance =
          Reference.relativeL2(moved, rolled(picture, 8 * SIDE, 1, 8 * down, 8 * right));
      System.out.printf("%s %s: relative L2 %.2e%n", device, tiling, distance);
      if (same) {
        assertThat(distance).isLessThanOrEqualTo(2e-5);
      } else {
        assertThat(distance).isGreaterThan(1e-3);
      }
    }
  }
}
