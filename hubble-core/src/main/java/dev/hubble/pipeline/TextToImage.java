// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import dev.hubble.Cancellation;
import dev.hubble.HubbleException;
import dev.hubble.Latents;
import dev.hubble.Progress;
import dev.hubble.Progress.Event;
import dev.hubble.PromptEmbeddings;
import dev.hubble.PromptSyntax;
import dev.hubble.RunOptions;
import dev.hubble.kernels.Ops;
import dev.hubble.kernels.Tensor;
import dev.hubble.model.Model;
import dev.hubble.nn.Conv2d;
import dev.hubble.nn.Observer;
import dev.hubble.schedulers.Scheduler;
import dev.hubble.vae.VaeEncoder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;

/// Latent diffusion (Rombach et al., 2021, arXiv:2112.10752): draw noise, take away in small steps
/// what the UNet says is noise, decode what is left.
///
/// ```
/// prompt ─ tokenizer ─ text encoder ──────────────┐
/// seed ─ noise ─ latents ─ [ UNet ─ guidance ─ scheduler ] x steps ─ VAE decoder ─ picture
/// ```
public final class TextToImage {
  /// How many pixels a latent stands for, along each axis.
  public static final int LATENT_SCALE = 8;

  private final Model model;
  private final Ops ops;
  private final TextStage text;
  private final Supplier<VaeEncoder> encoder;
  private final Previews previews;

  /// A pipeline that starts from noise alone.
  public TextToImage(Model model) {
    this(
        model,
        () -> {
          throw new IllegalStateException("this pipeline has no VAE encoder");
        });
  }

  /// A pipeline that can start from a picture.
  ///
  /// @param encoder asked when the first picture is there, outside every scope
  public TextToImage(Model model, Supplier<VaeEncoder> encoder) {
    this.model = model;
    this.ops = model.ops();
    this.text = new TextStage(model);
    this.encoder = encoder;
    this.previews = new Previews(model);
  }

  /// What a run produced.
  ///
  /// @param pixels each picture `[height,width,3]`, from 0 to 1
  /// @param latents the same before the VAE
  /// @param scheduler the name of the scheduler
  /// @param tiled whether the VAE worked on tiles
  /// @param times where the time went
  public record Result(
      List<float[]> pixels, Latents latents, String scheduler, boolean tiled, Stopwatch times) {}

  /// One text by itself, as the UNet would get it.
  public PromptEmbeddings embed(String prompt, PromptSyntax syntax, int clipSkip) {
    return text.embed(prompt, syntax, clipSkip, Observer.NONE);
  }

  /// Draws the pictures of `job`.
  public Result run(Job job, Progress progress, Cancellation cancellation) {
    return run(job, RunOptions.DEFAULT.progress(progress).cancellation(cancellation));
  }

  /// Draws the pictures of `job`; `options` with their timeout already under way.
  public Result run(Job job, RunOptions options) {
    return run(job, Samplers.of(model.scheduler(), job), options);
  }

  /// Draws the pictures of `job` with schedulers that nobody has used yet.
  public Result run(Job job, Samplers samplers, RunOptions options) {
    return Conv2d.tiled(job.modes().tiling(), () -> draw(job, samplers, options));
  }

  private Result draw(Job job, Samplers samplers, RunOptions options) {
    var progress = options.progress();
    var cancellation = Objects.requireNonNullElseGet(options.cancellation(), Cancellation::new);
    var memory =
        Memory.check(model.unet().config(), model.vae().config(), job, text.length(job), ops);
    Observer stopIfCancelled = (module, output) -> checkCancelled(cancellation);
    var times = new Stopwatch();
    if (needsEncoder(job)) {
      var _ = encoder.get(); // now, outside every scope: it stays
    }
    try (var scope = ops.openScope(memory.bytes())) {
      var vae =
          new VaeStage(model.vae(), encoder, memory.tiled(), job.modes().tiling(), stopIfCancelled);
      var words = text.encode(job, stopIfCancelled);
      var canvas = canvas(job, samplers, vae);
      int calls = calls(samplers);
      var steering = new Steering(model.unet(), words.context(), calls, job.guidance());
      var steps = new Steps(calls, times, options, cancellation, stopIfCancelled);
      progress.on(
          new Event.Started(
              steps.total(),
              words.negative(),
              words.prompt(),
              Snapshot.of(
                  words.both(), 2, words.length(), model.textEncoder().config().hiddenSize()),
              Snapshot.channelsFirst(canvas.start())));

      var latents = denoise(job, canvas, steering, steps);
      var hires = job.modes().hires();
      if (hires != null && samplers.second() != null) {
        canvas =
            SecondPass.canvas(
                latents,
                hires,
                job,
                samplers.second(),
                samplers.secondStep(),
                vae,
                model.unet().config().inChannels());
        times.vae();
        latents = denoise(job, canvas, steering, steps);
      }

      progress.on(new Event.Decoding());
      var pictures = new ArrayList<float[]>();
      for (int i = 0; i < latents.dim(0); i++) {
        pictures.add(Pixels.toUnitRange(vae.decode(ops.slice(latents, i, i + 1))));
      }
      times.vae();
      progress.on(new Event.Decoded(Snapshot.of(pictures, job.finalHeight(), job.finalWidth(), 3)));
      return new Result(
          pictures, Layout.toLatents(latents), samplers.first().name(), memory.tiled(), times);
    }
  }

  /// Takes the noise away: one UNet call after the other.
  private Tensor denoise(Job job, Canvas canvas, Steering steering, Steps steps) {
    var scheduler = canvas.scheduler();
    float[] timesteps = scheduler.timesteps();
    var latents = canvas.start();
    steering.begin(Arrays.copyOfRange(timesteps, canvas.firstCall(), timesteps.length));
    steps.prepared();
    for (int call = canvas.firstCall(); call < timesteps.length; call++) {
      var seen = scheduler.scaleModelInput(latents, call);
      var noisePred =
          predictNoise(
              job, canvas.beside(seen), steering, call - canvas.firstCall(), steps.observer());
      latents = scheduler.step(call, noisePred, latents, canvas.fresh());
      latents = canvas.putBack(latents, call, timesteps.length);
      var preview = new StepPreview(previews, seen, noisePred, timesteps[call], steps.observer());
      latents = steps.done(latents, steering, preview);
    }
    return latents;
  }

  private Canvas canvas(Job job, Samplers samplers, VaeStage vae) {
    int h = job.height() / LATENT_SCALE;
    int w = job.width() / LATENT_SCALE;
    var noise = new RunNoise(ops, job, h, w, job.modes().noise());
    var start = job.start();
    int channels = model.unet().config().inChannels();
    if (start != null) {
      return Canvas.of(start, job, samplers.first(), samplers.firstStep(), noise, vae, channels);
    }
    Canvas.check(channels, null);
    return Canvas.blank(samplers.first(), noise);
  }

  private static boolean needsEncoder(Job job) {
    var start = job.start();
    var hires = job.modes().hires();
    return (start != null && start.pixels() != null)
        || (hires != null && !hires.upscaler().ofLatents());
  }

  private static int calls(Samplers samplers) {
    int calls = callsOf(samplers.first(), samplers.firstStep());
    return samplers.second() == null
        ? calls
        : calls + callsOf(samplers.second(), samplers.secondStep());
  }

  private static int callsOf(Scheduler scheduler, int firstStep) {
    return scheduler.timesteps().length - scheduler.callOfStep(firstStep);
  }

  /// One UNet call, with guidance on a batch that holds every image twice: with the negative prompt
  /// and with the prompt.
  private Tensor predictNoise(Job job, Tensor x, Steering steering, int call, Observer observer) {
    return ops.scope(() -> {
      if (!steering.guided()) {
        return model.unet().apply(x, steering.constants(), call, observer);
      }
      var both = model.unet().apply(x, steering.constants(), call, observer);
      return Guidance.apply(both, steering.scale(), job.guidanceRescale());
    });
  }

  static void checkCancelled(Cancellation cancellation) {
    cancellation.throwIfCancelled();
    if (Thread.currentThread().isInterrupted()) {
      throw new HubbleException.Cancelled();
    }
  }
}
