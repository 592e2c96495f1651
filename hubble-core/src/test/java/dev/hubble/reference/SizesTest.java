// SPDX-License-Identifier: Apache-2.0
package dev.hubble.reference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.Cancellation;
import dev.hubble.Progress;
import dev.hubble.pipeline.Job;
import dev.hubble.pipeline.TextToImage;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Any multiple of 8 is a size, also where the UNet cannot halve its latents evenly three times.
/// Then it rounds up on the way down, and on the way up resizes to what it had, as diffusers does
/// with sizes that are no multiples of 64.
///
/// The smallest sizes are left out on purpose: where the coarsest level is one pixel or two, this
/// model's group norms normalise one number or two, and what comes out is rounding error.
class SizesTest {
  private static float[] run(String device, int width, int height) {
    try (var ops = Reference.open(device)) {
      var image = new Job.Image(PipelineTest.PROMPT, "", 1);
      var job = new Job(List.of(image), 2, 5, width, height, "", 0);
      var result =
          new TextToImage(Reference.tinySd(ops)).run(job, Progress.NONE, new Cancellation());
      return result.pixels().getFirst();
    }
  }

  @ParameterizedTest
  @CsvSource({"8, 136", "104, 56", "72, 88", "120, 16"})
  void everyMultipleOfEightIsASize(int width, int height) {
    float[] pixels = run("cpu", width, height);
    assertThat(pixels).hasSize(width * height * 3);
    Reference.assertClose(
        width + "x" + height, pixels, run("reference", width, height), Reference.LIMIT);
  }
}
