// SPDX-License-Identifier: Apache-2.0
package dev.hubble.reference;

import dev.hubble.Modes;
import dev.hubble.NoiseKind;
import dev.hubble.Prompting;
import dev.hubble.kernels.Ops;
import dev.hubble.model.LazyEncoder;
import dev.hubble.model.Model;
import dev.hubble.model.Models;
import dev.hubble.pipeline.Job;
import dev.hubble.pipeline.StartImage;
import dev.hubble.pipeline.TextToImage;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Runs that start from a picture, and the lesser knobs.
class StartImageTest {
  private static Job job(
      int steps,
      float guidance,
      int clipSkip,
      float rescale,
      String negative,
      @Nullable StartImage start) {
    return new Job(
        List.of(new Job.Image(PipelineTest.PROMPT, negative, 1)),
        steps,
        guidance,
        128,
        128,
        "",
        0,
        NoiseKind.TORCH_CPU,
        clipSkip,
        rescale,
        Prompting.DEFAULT,
        start,
        Modes.NONE);
  }

  private static TextToImage pipeline(Ops ops) {
    var files = Models.find(Reference.path("tiny-sd").toString());
    return new TextToImage(Model.load(files, ops), new LazyEncoder(files, ops));
  }

  private static void check(String name, Job job) {
    try (var ops = Reference.open("cpu");
        var expected = Reference.store("tiny-sd." + name + ".safetensors")) {
      PipelineTest.compare("cpu " + name, PipelineTest.run(pipeline(ops), job), expected);
    }
  }

  private static StartImage start(double strength, boolean masked) {
    try (var inputs = Reference.store("tiny-sd.inputs.safetensors")) {
      float[] pixels = Reference.channelsLast(inputs, "init_image");
      for (int i = 0; i < pixels.length; i++) {
        pixels[i] = 2 * pixels[i] - 1;
      }
      return new StartImage(pixels, strength, masked ? Reference.floats(inputs, "mask") : null);
    }
  }

  @Test
  void imageToImageEqualsDiffusers() {
    check("img2img", job(10, 7.5f, 0, 0, PipelineTest.NEGATIVE, start(0.6, false)));
  }

  @Test
  void inpaintingEqualsDiffusers() {
    check("inpaint", job(6, 7.5f, 0, 0, PipelineTest.NEGATIVE, start(1, true)));
  }

  @ParameterizedTest
  @CsvSource({"clip-skip-1, 7.5, 1, 0", "guidance-rescale, 9, 0, 0.7"})
  void theLesserKnobsEqualDiffusers(String name, float guidance, int clipSkip, float rescale) {
    check(name, job(4, guidance, clipSkip, rescale, "", null));
  }
}
