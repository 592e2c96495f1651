// SPDX-License-Identifier: Apache-2.0
package dev.hubble.reference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.Cancellation;
import dev.hubble.Progress;
import dev.hubble.Progress.Event;
import dev.hubble.model.Model;
import dev.hubble.model.Models;
import dev.hubble.pipeline.Job;
import dev.hubble.pipeline.TextToImage;
import dev.hubble.schedulers.SchedulerConfig;
import dev.hubble.weights.TensorStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Whole runs: the latents after every step and the pictures.
class PipelineTest {
  /// Largest difference of a picture's values, which go from 0 to 1.
  private static final double PIXEL_LIMIT = 2e-3;

  static final String PROMPT =
      "Hubble image of galaxies colliding: The distorted spirals of two distant galaxies";
  static final String NEGATIVE = "red dwarf star";

  /// What a run of ours produced.
  record Run(List<float[]> latents, float[] images) {}

  static Run run(Model model, Job job) {
    return run(new TextToImage(model), job);
  }

  static Run run(TextToImage pipeline, Job job) {
    var latents = new ArrayList<float[]>();
    Progress record =
        event -> {
          if (event instanceof Event.Step step) {
            latents.add(step.latents().values());
          }
        };
    var result = pipeline.run(job, record, new Cancellation());
    return new Run(latents, Reference.join(result.pixels()));
  }

  static Job job(int steps, float guidance, String scheduler) {
    return new Job(
        List.of(new Job.Image(PROMPT, NEGATIVE, 1)), steps, guidance, 128, 128, scheduler, 0);
  }

  static void compare(String what, Run run, TensorStore expected) {
    int each = run.latents.getFirst().length;
    float[] all = Reference.floats(expected, "latents");
    int steps = all.length / each;
    // Some files hold the last step only.
    int first = run.latents.size() - steps;
    assertThat(steps == 1 || first == 0).isTrue();
    for (int i = 0; i < steps; i++) {
      Reference.assertClose(
          "%s latents after call %d".formatted(what, first + i + 1),
          run.latents.get(first + i),
          Arrays.copyOfRange(all, i * each, (i + 1) * each),
          Reference.LIMIT);
    }
    float[] pixels = Reference.floats(expected, "images");
    assertThat(run.images).hasSameSizeAs(pixels);
    double worst = 0;
    for (int i = 0; i < pixels.length; i++) {
      double d = Math.abs(run.images[i] - pixels[i]);
      worst = d <= worst ? worst : d;
    }
    System.out.printf("%-60s max abs %.2e%n", what + " images", worst);
    if (!(worst <= PIXEL_LIMIT)) {
      throw new AssertionError("%s: images differ by %.3e".formatted(what, worst));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "cpu, txt2img, 10, 7.5, ''",
    "reference, txt2img, 10, 7.5, ''",
    "cpu, scheduler-pndm, 8, 7.5, pndm",
    "reference, scheduler-pndm, 8, 7.5, pndm",
    "cpu, scheduler-ddim, 8, 7.5, ddim",
    "reference, scheduler-ddim, 8, 7.5, ddim",
    "cpu, no-guidance, 4, 1, ''",
    "reference, no-guidance, 4, 1, ''",
  })
  void runsEqualDiffusers(String device, String file, int steps, float guidance, String scheduler) {
    try (var ops = Reference.open(device);
        var expected = Reference.store("tiny-sd." + file + ".safetensors")) {
      var run = run(Reference.tinySd(ops), job(steps, guidance, scheduler));
      compare(device + " " + file, run, expected);
    }
  }

  /// The classes with nothing but the noise of v1 in their configuration.
  @ParameterizedTest
  @CsvSource({
    "ddim-eta, ddim, 0.5, ', \"steps_offset\": 1, \"set_alpha_to_one\": false'",
    "ddpm, ddpm, 0, ''",
    "euler, euler, 0, ''",
    "euler-a, euler-a, 0, ''",
    "heun, heun, 0, ''",
    "lms, lms, 0, ''",
    "euler-karras, euler-karras, 0, ''",
    "dpmpp-2m, dpmpp-2m, 0, ''",
    "dpmpp-2m-karras, dpmpp-2m-karras, 0, ''",
    "dpmpp-2m-sde, dpmpp-2m-sde, 0, ''",
    "unipc, unipc, 0, ''",
    "pndm-v, pndm, 0, ', \"steps_offset\": 1, \"skip_prk_steps\": true, \"prediction_type\": \"v_prediction\"'",
  })
  void schedulersEqualDiffusers(String file, String scheduler, float eta, String extra) {
    try (var ops = Reference.open("cpu");
        var expected = Reference.store("tiny-sd.scheduler-" + file + ".safetensors")) {
      var config =
          SchedulerConfig.parse(
              """
              {"_class_name": "PNDMScheduler", "num_train_timesteps": 1000, "beta_start": 0.00085,
               "beta_end": 0.012, "beta_schedule": "scaled_linear", "clip_sample": false%s}
              """
                  .formatted(extra));
      var m = Reference.tinySd(ops);
      var model =
          new Model(ops, m.tokenizer(), m.textEncoder(), m.unet(), m.vae(), config, m.defaults());
      var images = List.of(new Job.Image(PROMPT, NEGATIVE, 1));
      var run = run(model, new Job(images, 8, 7.5f, 128, 128, scheduler, eta));
      compare("cpu scheduler-" + file, run, expected);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "reference"})
  void batchOfTwoTallPicturesEqualsDiffusers(String device) {
    try (var ops = Reference.open(device);
        var expected = Reference.store("tiny-sd.batch-of-two-tall.safetensors")) {
      var images = List.of(new Job.Image(PROMPT, "", 5), new Job.Image(NEGATIVE, "", 6));
      var run = run(Reference.tinySd(ops), new Job(images, 4, 5, 128, 192, "", 0));
      compare(device + " batch-of-two-tall", run, expected);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "reference"})
  void theEmbeddedModelEqualsDiffusers(String device) {
    try (var ops = Reference.open(device);
        var expected = Reference.store("hubble-mini.txt2img.safetensors")) {
      var model = Model.load(Models.find("mini"), ops);
      var image = new Job.Image("a blue spiral galaxy seen face-on", "", 1);
      var run = run(model, new Job(List.of(image), 25, 5, 128, 128, "", 0));
      compare(device + " hubble-mini", run, expected);
    }
  }
}
