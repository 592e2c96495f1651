// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import dev.hubble.Cancellation;
import dev.hubble.HubbleException;
import dev.hubble.Progress;
import dev.hubble.Progress.Event;
import dev.hubble.kernels.Ops;
import dev.hubble.kernels.Tensor;
import dev.hubble.model.Model;
import dev.hubble.nn.Observer;
import dev.hubble.random.TorchGenerator;
import dev.hubble.schedulers.Scheduler;
import dev.hubble.schedulers.Schedulers;
import dev.hubble.unet.Constants;
import java.util.ArrayList;
import java.util.List;

/// Latent diffusion (Rombach et al., 2021, arXiv:2112.10752): draw noise, take away in small steps
/// what the UNet says is noise, decode what is left.
///
/// ```
/// prompt ─ tokenizer ─ text encoder ──────────────┐
/// seed ─ noise ─ latents ─ [ UNet ─ guidance ─ scheduler ] x steps ─ VAE decoder ─ picture
/// ```
public final class TextToImage {
  private static final int LATENT_CHANNELS = 4;

  /// How many pixels a latent stands for, along each axis.
  public static final int LATENT_SCALE = 8;

  private final Model model;
  private final Ops ops;
  private final TextStage text;

  public TextToImage(Model model) {
    this.model = model;
    this.ops = model.ops();
    this.text = new TextStage(model);
  }

  /// What a run produced.
  ///
  /// @param pixels each picture `[height,width,3]`, from 0 to 1
  /// @param times where the time went
  public record Result(List<float[]> pixels, Stopwatch times) {}

  /// Draws the pictures of `job`.
  public Result run(Job job, Progress progress, Cancellation cancellation) {
    Memory.check(model.unet().config(), model.vae().config(), job);
    Observer stopIfCancelled = (module, output) -> checkCancelled(cancellation);
    var times = new Stopwatch();
    try (var scope = ops.openScope()) {
      int n = job.images().size();
      int h = job.height() / LATENT_SCALE;
      int w = job.width() / LATENT_SCALE;

      var scheduler = Schedulers.create(model.scheduler(), job.scheduler(), job.steps(), job.eta());
      var words = text.encode(job, stopIfCancelled);
      float[] timesteps = scheduler.timesteps();
      var constants = model.unet().prepare(words.context(), timesteps);

      var generators = job.images().stream().map(i -> new TorchGenerator(i.seed())).toList();
      var latents =
          ops.weightedSum(new float[] {scheduler.initNoiseSigma()}, noise(generators, h, w));
      times.text();
      progress.on(
          new Event.Started(
              timesteps.length,
              words.negative(),
              words.prompt(),
              Snapshot.of(
                  words.both(),
                  2,
                  model.tokenizer().maxLength(),
                  model.textEncoder().config().hiddenSize()),
              Snapshot.channelsFirst(latents)));

      for (int call = 0; call < timesteps.length; call++) {
        var noisePred = predictNoise(job, scheduler, latents, constants, call, stopIfCancelled);
        latents = scheduler.step(call, noisePred, latents, () -> noise(generators, h, w));
        Finite.check(latents, "UNet call %d of %d".formatted(call + 1, timesteps.length));
        times.unetCall();
        progress.on(new Event.Step(call + 1, timesteps.length, Snapshot.channelsFirst(latents)));
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

  /// Classifier-free guidance (Ho & Salimans, 2022, arXiv:2207.12598): one UNet call on a batch
  /// that holds every image twice, with the negative prompt and with the prompt, and a step from
  /// the first answer past the second.
  private Tensor predictNoise(
      Job job,
      Scheduler scheduler,
      Tensor latents,
      Constants constants,
      int call,
      Observer observer) {
    return ops.scope(() -> {
      var x = scheduler.scaleModelInput(latents, call);
      if (!job.guided()) {
        return model.unet().apply(x, constants, call, observer);
      }
      int n = x.dim(0);
      var both = model.unet().apply(ops.batch(x, x), constants, call, observer);
      float g = job.guidance();
      return ops.weightedSum(
          new float[] {1 - g, g}, ops.slice(both, 0, n), ops.slice(both, n, 2 * n));
    });
  }

  /// One normal number per latent, each image from its own generator, so that it does not depend on
  /// what else is in the batch.
  private Tensor noise(List<TorchGenerator> generators, int h, int w) {
    var each = new ArrayList<Tensor>();
    for (var generator : generators) {
      float[] x = generator.randn(LATENT_CHANNELS * h * w);
      each.add(
          ops.upload(Layout.toChannelsLast(x, 1, LATENT_CHANNELS, h, w), 1, h, w, LATENT_CHANNELS));
    }
    return ops.batch(each.toArray(Tensor[]::new));
  }

  /// One picture at a time: the decoder needs far more memory than the UNet.
  private float[] decode(Tensor latents, Observer observer) {
    try (var scope = ops.openScope()) {
      float[] pixels = model.vae().apply(latents, observer).toArray();
      return Pixels.toUnitRange(Finite.check(pixels, "The VAE decoder"));
    }
  }

  private static void checkCancelled(Cancellation cancellation) {
    if (cancellation.isCancelled() || Thread.currentThread().isInterrupted()) {
      throw new HubbleException.Cancelled();
    }
  }
}
