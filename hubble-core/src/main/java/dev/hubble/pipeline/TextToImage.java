// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import dev.hubble.Cancellation;
import dev.hubble.HubbleException;
import dev.hubble.Progress;
import dev.hubble.Progress.Event;
import dev.hubble.PromptEmbeddings;
import dev.hubble.PromptSyntax;
import dev.hubble.RunOptions;
import dev.hubble.kernels.Ops;
import dev.hubble.kernels.Tensor;
import dev.hubble.model.Model;
import dev.hubble.nn.Observer;
import dev.hubble.schedulers.Schedulers;
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
  /// @param times where the time went
  public record Result(List<float[]> pixels, Stopwatch times) {}

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
    var progress = options.progress();
    var cancellation = Objects.requireNonNullElseGet(options.cancellation(), Cancellation::new);
    Memory.check(model.unet().config(), model.vae().config(), job);
    Observer stopIfCancelled = (module, output) -> checkCancelled(cancellation);
    var times = new Stopwatch();
    var start = job.start();
    var vaeEncoder = start == null ? null : encoder.get();
    try (var scope = ops.openScope()) {
      int n = job.images().size();
      int h = job.height() / LATENT_SCALE;
      int w = job.width() / LATENT_SCALE;

      var scheduler = Schedulers.create(model.scheduler(), job.scheduler(), job.steps(), job.eta());
      var words = text.encode(job, stopIfCancelled);
      var noise = new RunNoise(ops, job, h, w);
      var canvas =
          start == null || vaeEncoder == null
              ? null
              : new Canvas(vaeEncoder, start, job, scheduler, noise, stopIfCancelled);
      var latents =
          canvas == null
              ? ops.weightedSum(new float[] {scheduler.initNoiseSigma()}, noise.get())
              : canvas.start();
      int first = canvas == null ? 0 : canvas.firstCall();
      float[] timesteps = scheduler.timesteps();
      timesteps = Arrays.copyOfRange(timesteps, first, timesteps.length);
      var steering = new Steering(model.unet(), words.context(), timesteps, job.guidance());
      times.text();
      progress.on(
          new Event.Started(
              timesteps.length,
              words.negative(),
              words.prompt(),
              Snapshot.of(
                  words.both(), 2, words.length(), model.textEncoder().config().hiddenSize()),
              Snapshot.channelsFirst(latents)));

      for (int call = 0; call < timesteps.length; call++) {
        var seen = scheduler.scaleModelInput(latents, first + call);
        var noisePred = predictNoise(job, seen, steering, call, stopIfCancelled);
        latents = scheduler.step(first + call, noisePred, latents, noise);
        if (canvas != null) {
          latents = canvas.putBack(latents, first + call, first + timesteps.length);
        }
        Finite.check(latents, "UNet call %d of %d".formatted(call + 1, timesteps.length));
        latents = steering.after(call, latents, options.onStepEnd());
        times.unetCall();
        var preview = new StepPreview(previews, seen, noisePred, timesteps[call], stopIfCancelled);
        progress.on(
            new Event.Step(call + 1, timesteps.length, Snapshot.channelsFirst(latents), preview));
        checkCancelled(cancellation);
      }

      progress.on(new Event.Decoding());
      var pictures = new ArrayList<float[]>();
      for (int i = 0; i < n; i++) {
        pictures.add(decode(ops.slice(latents, i, i + 1), stopIfCancelled));
      }
      times.vae();
      progress.on(new Event.Decoded(Snapshot.of(pictures, job.height(), job.width(), 3)));
      return new Result(pictures, times);
    }
  }

  /// One UNet call, with guidance on a batch that holds every image twice: with the negative prompt
  /// and with the prompt.
  private Tensor predictNoise(Job job, Tensor x, Steering steering, int call, Observer observer) {
    return ops.scope(() -> {
      if (!steering.guided()) {
        return model.unet().apply(x, steering.constants(), call, observer);
      }
      var both = model.unet().apply(ops.batch(x, x), steering.constants(), call, observer);
      return Guidance.apply(both, steering.scale(), job.guidanceRescale());
    });
  }

  /// One picture at a time: the decoder needs far more memory than the UNet.
  private float[] decode(Tensor latents, Observer observer) {
    try (var scope = ops.openScope()) {
      float[] pixels = model.vae().apply(latents, observer).toArray();
      return Pixels.toUnitRange(Finite.check(pixels, "The VAE decoder"));
    }
  }

  private static void checkCancelled(Cancellation cancellation) {
    cancellation.throwIfCancelled();
    if (Thread.currentThread().isInterrupted()) {
      throw new HubbleException.Cancelled();
    }
  }
}
