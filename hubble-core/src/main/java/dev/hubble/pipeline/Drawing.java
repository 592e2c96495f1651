// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import dev.hubble.Generated;
import dev.hubble.HubbleException;
import dev.hubble.ModelInfo;
import dev.hubble.NoiseKind;
import dev.hubble.PromptSyntax;
import dev.hubble.Request;
import dev.hubble.Tokens;
import dev.hubble.model.Model;
import dev.hubble.prompt.Reading;
import dev.hubble.schedulers.Schedulers;
import java.awt.image.BufferedImage;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// A request on its way through the pipeline: checked and completed first, answered with all that
/// made the picture.
///
/// @param request what was asked for
/// @param job the same with every choice made
/// @param model what draws it
public record Drawing(Request request, Job job, Model model) {
  /// The largest batch: more is a mistake in the call, not a wish.
  private static final int MOST = 1024;

  /// Completes `request` with the model's recommendations.
  ///
  /// @throws HubbleException.BadRequest if something in it cannot be
  public static Drawing of(Request request, Model model) {
    int side = model.unet().config().sampleSize() * TextToImage.LATENT_SCALE;
    var init = request.initImage();
    int width = size("width", request.width().orElse(init == null ? side : init.getWidth()));
    int height = size("height", request.height().orElse(init == null ? side : init.getHeight()));
    double guidance = request.guidance().orElse(model.defaults().guidance());
    if (!Double.isFinite(guidance)) {
      throw new HubbleException.BadRequest(
          "The guidance scale is %s; it must be a number, 7.5 for example.".formatted(guidance));
    }
    if (request.count() < 1 || request.count() > MOST) {
      throw new HubbleException.BadRequest(
          "The count is %d; it must be from 1 to %d.".formatted(request.count(), MOST));
    }
    if (!(request.eta() >= 0 && request.eta() <= 1)) {
      throw new HubbleException.BadRequest(
          "Eta is %s; it must be from 0 to 1.".formatted(request.eta()));
    }
    checkClipSkip(request.clipSkip(), model);
    if (!(request.guidanceRescale() >= 0 && request.guidanceRescale() <= 1)) {
      throw new HubbleException.BadRequest(
          "Guidance rescale is %s; it must be from 0 to 1.".formatted(request.guidanceRescale()));
    }
    // Read here for complaints about their marks.
    for (var text : List.of(request.prompt(), request.negative())) {
      var _ = Reading.of(request.prompting().syntax(), text, model.tokenizer());
    }
    int steps = request.steps().orElse(model.defaults().steps());
    // Made here for its complaints about the name and the steps; the run makes its own.
    Schedulers.create(model.scheduler(), request.scheduler(), steps, request.eta());
    long seed = request.seed().orElseGet(() -> ThreadLocalRandom.current().nextLong(1L << 32));
    var images =
        IntStream.range(0, request.count())
            .mapToObj(i -> new Job.Image(request.prompt(), request.negative(), seed + i))
            .toList();
    return new Drawing(
        request,
        new Job(
            images,
            steps,
            (float) guidance,
            width,
            height,
            request.scheduler(),
            request.eta(),
            request.noise(),
            request.clipSkip(),
            (float) request.guidanceRescale(),
            request.prompting(),
            start(request, steps, width, height)),
        model);
  }

  /// Refuses to leave out more layers of the text encoder than there are.
  public static void checkClipSkip(int skip, Model model) {
    int layers = model.textEncoder().layers().size();
    if (skip < 0 || skip >= layers) {
      throw new HubbleException.BadRequest(
          "Clip skip is %d; it must be from 0 to %d, for the text encoder has %d layers."
              .formatted(skip, layers - 1, layers));
    }
  }

  private static @Nullable StartImage start(Request request, int steps, int width, int height) {
    var init = request.initImage();
    var mask = request.mask();
    if (init == null) {
      if (mask != null || request.strength().isPresent()) {
        throw new HubbleException.BadRequest(
            "There is a %s and no initial picture that it could be for."
                .formatted(mask != null ? "mask" : "strength"));
      }
      return null;
    }
    checkSize("initial picture", init, width, height);
    if (mask != null) {
      checkSize("mask", mask, width, height);
    }
    double strength = request.strength().orElse(mask == null ? 0.8 : 1);
    if (!(strength > 0 && strength <= 1)) {
      throw new HubbleException.BadRequest(
          "The strength is %s; it must be above 0 and at most 1.".formatted(strength));
    }
    var start =
        new StartImage(
            Pixels.fromImage(init), strength, mask == null ? null : Pixels.maskFromImage(mask));
    if (start.skipped(steps) == steps) {
      throw new HubbleException.BadRequest(
          "Strength %s of %d steps is less than one step; ask for more of either."
              .formatted(strength, steps));
    }
    return start;
  }

  private static void checkSize(String what, BufferedImage image, int width, int height) {
    if (image.getWidth() != width || image.getHeight() != height) {
      throw new HubbleException.BadRequest(
          "The %s is %dx%d pixels, and the picture to draw %dx%d; they must be equal."
              .formatted(what, image.getWidth(), image.getHeight(), width, height));
    }
  }

  private static int size(String what, int pixels) {
    if (pixels < TextToImage.LATENT_SCALE || pixels % TextToImage.LATENT_SCALE != 0) {
      throw new HubbleException.BadRequest(
          "The %s is %d pixels; it must be a multiple of %d, at least %d."
              .formatted(what, pixels, TextToImage.LATENT_SCALE, TextToImage.LATENT_SCALE));
    }
    return pixels;
  }

  /// The answer.
  public Generated generated(
      TextToImage.Result result,
      ModelInfo info,
      String device,
      double loadMillis,
      double waitedMillis,
      double totalMillis) {
    var pictures =
        IntStream.range(0, job.images().size())
            .mapToObj(i ->
                new Generated.Picture(
                    Pixels.toImage(result.pixels().get(i), job.height(), job.width()),
                    job.images().get(i).seed()))
            .toList();
    var scheduler =
        Schedulers.create(model.scheduler(), job.scheduler(), job.steps(), job.eta()).name();
    return new Generated(
        pictures,
        request.prompt(),
        request.negative(),
        tokens(),
        job.steps(),
        Double.parseDouble(Float.toString(job.guidance())),
        scheduler,
        job.width(),
        job.height(),
        new Generated.ModelId(info.name(), info.hash()),
        device,
        "f32",
        new Generated.Timings(
            loadMillis,
            waitedMillis,
            result.times().textMillis(),
            result.times().unetMillis(),
            result.times().vaeMillis(),
            totalMillis),
        settings());
  }

  private Tokens tokens() {
    return Reading.of(request.prompting().syntax(), request.prompt(), model.tokenizer()).tokens();
  }

  private SequencedMap<String, String> settings() {
    var settings = new LinkedHashMap<String, String>();
    var start = job.start();
    if (start != null) {
      settings.put("Denoising strength", Double.toString(start.strength()));
    }
    if (job.prompting().syntax() != PromptSyntax.DIFFUSERS) {
      settings.put("Prompt syntax", job.prompting().syntax().toString());
    }
    if (job.clipSkip() > 0) {
      settings.put("Clip skip", Integer.toString(job.clipSkip() + 1));
    }
    if (job.guidanceRescale() > 0) {
      settings.put("Guidance rescale", Float.toString(job.guidanceRescale()));
    }
    if (job.eta() > 0) {
      settings.put("Eta DDIM", Float.toString(job.eta()));
    }
    // To others a missing one means that of a GPU.
    settings.put("RNG", job.noise() == NoiseKind.TORCH_CUDA ? "NV" : "CPU");
    return settings;
  }
}
