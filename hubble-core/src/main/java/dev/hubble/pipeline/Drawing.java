// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import dev.hubble.Generated;
import dev.hubble.HubbleException;
import dev.hubble.ModelInfo;
import dev.hubble.Request;
import dev.hubble.SafetyReport;
import dev.hubble.Tokens;
import dev.hubble.UsedAdditions;
import dev.hubble.kernels.Ops;
import dev.hubble.model.Model;
import dev.hubble.prompt.Reading;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// A request on its way through the pipeline: checked and completed first, answered with all that
/// made the picture.
///
/// @param request what was asked for
/// @param job the same with every choice made
/// @param samplers the schedulers of its run, which are good for one
/// @param model what draws it
public record Drawing(Request request, Job job, Samplers samplers, Model model) {
  /// Completes `request` with the model's recommendations.
  ///
  /// @throws HubbleException.BadRequest if something in it cannot be
  public static Drawing of(Request request, Model model) {
    int side = model.unet().config().sampleSize() * TextToImage.LATENT_SCALE;
    var given = Given.of(request);
    int width = size("width", request.width().orElse(given == null ? side : given.width()));
    int height = size("height", request.height().orElse(given == null ? side : given.height()));
    double guidance = request.guidance().orElse(model.defaults().guidance());
    if (!Double.isFinite(guidance)) {
      throw new HubbleException.BadRequest(
          "The guidance scale is %s; it must be a number, 7.5 for example.".formatted(guidance));
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
    var route = request.modes().route();
    if (route != null && request.steps().isPresent()) {
      throw new HubbleException.BadRequest(
          "Either a number of steps, or a list of times or sigmas: not both.");
    }
    int steps = route != null ? route.steps() : request.steps().orElse(model.defaults().steps());
    var images = Batch.of(request);
    // Read here for complaints about their marks.
    for (var image : images) {
      for (var text : List.of(image.prompt(), image.negative())) {
        var _ = Reading.of(request.prompting().syntax(), text, model.tokenizer());
      }
    }
    Given.check(request.modes(), images.size(), width, height);
    var job =
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
            start(request, steps, width, height),
            request.modes());
    Canvas.check(model.unet().config().inChannels(), job.start());
    if (request.modes().hires() != null
        && job.finalWidth() == width
        && job.finalHeight() == height) {
      throw new HubbleException.BadRequest(
          "The second pass would be %dx%d pixels, too, for sides are multiples of %d; ask for a larger scale."
              .formatted(width, height, TextToImage.LATENT_SCALE));
    }
    return new Drawing(request, job, Samplers.of(model.scheduler(), job), model);
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
    var latents = request.modes().initLatents();
    var mask = request.mask();
    if (init == null && latents == null) {
      if (mask != null || request.strength().isPresent()) {
        throw new HubbleException.BadRequest(
            "There is a %s and no initial picture that it could be for."
                .formatted(mask != null ? "mask" : "strength"));
      }
      return null;
    }
    if (init != null) {
      checkSize("initial picture", init, width, height);
    }
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
            init == null ? null : Pixels.fromImage(init),
            latents,
            strength,
            mask == null ? null : Pixels.maskFromImage(mask));
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
      UsedAdditions additions,
      Ops ops,
      double loadMillis,
      double waitedMillis,
      double totalMillis) {
    var pictures =
        IntStream.range(0, job.images().size())
            .mapToObj(i -> picture(result.pixels().get(i), job.images().get(i)))
            .toList();
    return new Generated(
        pictures,
        request.prompt(),
        request.negative(),
        tokens(),
        job.steps(),
        Double.parseDouble(Float.toString(job.guidance())),
        result.scheduler(),
        job.width(),
        job.height(),
        new Generated.ModelId(info.name(), info.hash()),
        ops.description(),
        ops.dtype().name().toLowerCase(Locale.ROOT),
        new Generated.Timings(
            loadMillis,
            waitedMillis,
            result.times().textMillis(),
            result.times().unetMillis(),
            result.times().vaeMillis(),
            totalMillis),
        Settings.of(job, result),
        SafetyReport.OFF,
        additions,
        result.latents());
  }

  private Tokens tokens() {
    return Reading.of(request.prompting().syntax(), request.prompt(), model.tokenizer()).tokens();
  }

  private Generated.Picture picture(float[] pixels, Job.Image shown) {
    var variation = shown.variation();
    return new Generated.Picture(
        Pixels.toImage(pixels, job.finalHeight(), job.finalWidth()),
        shown.seed(),
        shown.prompt(),
        shown.negative(),
        variation == null ? OptionalLong.empty() : OptionalLong.of(variation.seed()));
  }
}
