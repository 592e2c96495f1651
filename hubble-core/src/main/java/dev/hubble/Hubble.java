// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import dev.hubble.jfr.JobEvent;
import dev.hubble.jfr.ModelLoadEvent;
import dev.hubble.kernels.DeviceException;
import dev.hubble.kernels.Ops;
import dev.hubble.model.AdaptedModel;
import dev.hubble.model.Conversion;
import dev.hubble.model.LazyEncoder;
import dev.hubble.model.LazySafety;
import dev.hubble.model.Model;
import dev.hubble.model.ModelFiles;
import dev.hubble.model.ModelSummary;
import dev.hubble.model.Models;
import dev.hubble.model.OpenWeights;
import dev.hubble.model.TokenizerFolder;
import dev.hubble.pipeline.Drawing;
import dev.hubble.pipeline.TextToImage;
import dev.hubble.prompt.Reading;
import dev.hubble.weights.hub.HubConfig;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A text-to-image model, ready to draw.
///
/// ```java
/// try (var hubble = Hubble.mini()) {
///   Generated out = hubble.generate(Request.of("a blue spiral galaxy seen face-on").seed(42));
///   ImageIO.write(out.image(), "png", new File("galaxy.png"));
/// }
/// ```
///
/// Safe to share between threads: calls queue fairly for the device, first come first served.
public final class Hubble implements AutoCloseable {
  private final Ops ops;
  private final ModelFiles files;
  private final LazyEncoder encoder;
  private final LazySafety safety;
  private final ModelInfo info;
  private final double loadMillis;
  private final Runner runner;
  private boolean closed;
  private volatile Ready ready;

  /// What draws, until there are other additions.
  private record Ready(AdaptedModel adapted, TextToImage pipeline) {
    Model model() {
      return adapted.model();
    }
  }

  private Hubble(
      Ops ops,
      ModelFiles files,
      AdaptedModel adapted,
      ModelInfo info,
      double loadMillis,
      int queue) {
    this.ops = ops;
    this.files = files;
    this.encoder = new LazyEncoder(files, ops);
    this.safety = new LazySafety(files, ops);
    this.info = info;
    this.ready = ready(adapted);
    this.loadMillis = loadMillis;
    this.runner = new Runner(queue);
  }

  private Ready ready(AdaptedModel adapted) {
    return new Ready(adapted, new TextToImage(adapted.model(), encoder));
  }

  /// Opens a model on the best device.
  ///
  /// @param model a diffusers folder, a checkpoint in a single file, the name of a model on the
  ///   Hugging Face hub, which is downloaded unless the cache has it, or `mini` for the embedded
  ///   model
  /// @throws HubbleException.Model if there is no such model, or it is damaged or of another kind
  public static Hubble load(String model) {
    return load(model, LoadOptions.DEFAULT);
  }

  /// Opens a model as `options` say.
  ///
  /// @param model a diffusers folder, a checkpoint in a single file, the name of a model on the
  ///   Hugging Face hub, which is downloaded unless the cache has it, or `mini` for the embedded
  ///   model
  /// @throws HubbleException.Model if there is no such model, or it is damaged or of another kind
  /// @throws HubbleException.BadRequest if there is no such device, or it does not compute in that
  ///   format
  /// @throws HubbleException.Device if the device cannot be used here; the message says why
  public static Hubble load(String model, LoadOptions options) {
    long start = System.nanoTime();
    var event = new ModelLoadEvent(model);
    ModelFiles files = Models.find(model, options);
    try (var weights = OpenWeights.of(files)) {
      ModelInfo info = ModelSummary.of(weights);
      Ops ops = Devices.open(options);
      try {
        ModelSummary.checkMemory(info, ops);
        var loaded = AdaptedModel.load(weights, ops, options.progress(), options.additions());
        event.done(ops.description());
        return new Hubble(
            ops, files, loaded, info, (System.nanoTime() - start) / 1e6, options.queue());
      } catch (RuntimeException | Error e) {
        ops.close();
        throw Devices.explained(e);
      }
    }
  }

  /// Opens the embedded model, which needs the artifact `dev.hubble:hubble-mini` and no network.
  public static Hubble mini() {
    return load(Models.MINI);
  }

  /// What a model is, without loading it.
  ///
  /// @throws HubbleException.Model if there is no such model, or it is damaged or of another kind
  public static ModelInfo info(String model) {
    return info(model, LoadOptions.DEFAULT);
  }

  /// What a model is, without loading it, found as `options` say.
  ///
  /// @throws HubbleException.Model if there is no such model, or it is damaged or of another kind
  public static ModelInfo info(String model, LoadOptions options) {
    return ModelSummary.of(Models.find(model, options));
  }

  /// Where models from the Hugging Face hub are kept, as the environment says.
  public static Path cache() {
    return HubConfig.ofEnvironment().cache();
  }

  /// Downloads what the cache lacks of a model on the Hugging Face hub.
  ///
  /// @param model the name on the hub; a folder is passed through
  /// @return the folder with the model
  /// @throws HubbleException.Model if the model cannot be had or is none that Hubble runs
  public static Path download(String model, HubAccess hub) {
    return Models.download(model, hub);
  }

  /// Writes a model of any form that Hubble reads as a diffusers folder with safetensors, in little
  /// memory whatever its size.
  ///
  /// @param out a folder that is empty or not there yet
  /// @param dtype `f32`, `f16` or `bf16` for all weights; null to leave each as it is
  /// @param options how the model is found
  /// @throws HubbleException.Model if there is no such model, or it is damaged or of another kind
  /// @throws HubbleException.BadRequest if the folder is not empty, or there is no such type
  public static void convert(String model, Path out, @Nullable String dtype, LoadOptions options) {
    Conversion.run(Models.find(model, options), out, dtype);
  }

  /// How a model reads `text`, without loading it.
  ///
  /// @param model as for [#load], or a folder that holds `vocab.json` itself
  public static Tokenizing tokenizer(String model) {
    return tokenizer(model, LoadOptions.DEFAULT);
  }

  /// How a model, found as `options` say, reads `text`. Of a model on the hub only the tokenizer is
  /// downloaded.
  ///
  /// @param model as for [#load], or a folder that holds `vocab.json` itself
  public static Tokenizing tokenizer(String model, LoadOptions options) {
    var tokenizer = TokenizerFolder.find(model, options);
    return (text, syntax) -> Reading.of(syntax, text, tokenizer).tokens();
  }

  /// Draws. Waits for its turn if something else is being drawn.
  ///
  /// @throws HubbleException.BadRequest if the request cannot be met
  /// @throws HubbleException.OutOfMemory if there is too little memory for it
  /// @throws HubbleException.Busy if as many requests wait as may
  public Generated generate(Request request) {
    return generate(request, RunOptions.DEFAULT);
  }

  /// Draws, tells `progress` how it comes along, and stops with [HubbleException.Cancelled] soon
  /// after `cancellation` or an interrupt of the calling thread asks for it.
  public Generated generate(Request request, Progress progress, Cancellation cancellation) {
    return generate(request, RunOptions.DEFAULT.progress(progress).cancellation(cancellation));
  }

  /// Draws as `options` say, on this thread. An interrupt of it stops the run, too.
  ///
  /// @throws HubbleException.Cancelled if it was stopped
  /// @throws HubbleException.TimedOut if its time was over
  public Generated generate(Request request, RunOptions options) {
    return runner.run(request, options, work(request));
  }

  /// Draws on another thread, and returns at once.
  ///
  /// @throws HubbleException.BadRequest if the request cannot be met
  /// @throws HubbleException.Busy if as many requests wait as may
  public Job submit(Request request) {
    return submit(request, RunOptions.DEFAULT);
  }

  /// Draws on another thread as `options` say, and returns at once. All calls of [#generate] and
  /// this one share one queue, first come first served.
  ///
  /// @throws HubbleException.BadRequest if the request cannot be met
  /// @throws HubbleException.Busy if as many requests wait as may
  public Job submit(Request request, RunOptions options) {
    return runner.submit(request, options, work(request));
  }

  /// What is being drawn or waits for it, first come first, calls of [#generate] included.
  public List<Job> jobs() {
    return runner.jobs();
  }

  private Runner.Work work(Request request) {
    long start = System.nanoTime();
    // With the additions of now, even if its turn comes after others were given.
    var now = ready;
    var drawing = Drawing.of(request, now.model());
    var looking = safety.resolve(request.safety());
    return job -> {
      long waited = System.nanoTime() - start;
      var event =
          new JobEvent(
              job.id(),
              waited,
              drawing.job().images().size(),
              drawing.job().steps(),
              drawing.job().width(),
              drawing.job().height());
      try {
        return safety.look(draw(job, now, drawing, start, waited), looking);
      } catch (DeviceException e) {
        event.failed(e);
        throw Devices.explained(e);
      } catch (Throwable e) {
        event.failed(e);
        throw e;
      } finally {
        event.commit();
      }
    };
  }

  private Generated draw(Job job, Ready now, Drawing drawing, long start, long waited) {
    var options =
        new RunOptions(job::on, job.options().onStepEnd(), job.cancellation(), /* timeout= */ null);
    var result = now.pipeline.run(drawing.job(), drawing.samplers(), options);
    return drawing.generated(
        result,
        info,
        now.adapted().used(),
        ops,
        loadMillis,
        waited / 1e6,
        (System.nanoTime() - start) / 1e6);
  }

  /// How the model reads `text`.
  public Tokens tokens(String text) {
    return tokens(text, PromptSyntax.DIFFUSERS);
  }

  /// How the model reads `text` with the marks of `syntax`.
  public Tokens tokens(String text, PromptSyntax syntax) {
    return Reading.of(syntax, text, ready.model().tokenizer()).tokens();
  }

  /// The vectors that the UNet would get for `text`, a plain prompt. Waits for its turn if another
  /// thread is drawing.
  public PromptEmbeddings embed(String text) {
    return embed(text, PromptSyntax.DIFFUSERS, 0);
  }

  /// The vectors that the UNet would get for `text`, read with the marks of `syntax` and without
  /// the text encoder's last `clipSkip` layers.
  ///
  /// @throws HubbleException.BadRequest if there are not so many layers, or the marks ask for
  ///   something that cannot be done
  public PromptEmbeddings embed(String text, PromptSyntax syntax, int clipSkip) {
    var now = ready;
    Drawing.checkClipSkip(clipSkip, now.model());
    return runner.alone(() -> now.pipeline.embed(text, syntax, clipSkip));
  }

  /// Gives the model `additions` in place of those that it has: LoRAs, and words that it is taught.
  /// Takes its turn like a request; what was asked for before is drawn without them. With
  /// [Additions#NONE] the model is as it was, bit for bit.
  ///
  /// @throws HubbleException.BadRequest if a file is missing, damaged, or for another kind of
  ///   model; then nothing has changed
  public void use(Additions additions) {
    runner.alone(() -> {
      try (var weights = OpenWeights.of(files)) {
        ready = ready(ready.adapted().with(weights, additions));
      }
      return ready;
    });
  }

  /// What the model has on top of its own weights.
  public Additions additions() {
    return ready.adapted().additions();
  }

  /// What the model is.
  public ModelInfo info() {
    return info;
  }

  /// What computes, in one line.
  public String device() {
    return ops.description();
  }

  /// Gives back memory and threads, after everything that was asked for before is drawn.
  @Override
  public void close() {
    runner.close(() -> {
      if (!closed) {
        closed = true;
        ops.close();
      }
    });
  }
}
