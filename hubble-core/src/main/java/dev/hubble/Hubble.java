// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import dev.hubble.kernels.Backends;
import dev.hubble.kernels.Ops;
import dev.hubble.model.Conversion;
import dev.hubble.model.LazyEncoder;
import dev.hubble.model.Model;
import dev.hubble.model.ModelFiles;
import dev.hubble.model.ModelSummary;
import dev.hubble.model.Models;
import dev.hubble.model.TokenizerFolder;
import dev.hubble.pipeline.Drawing;
import dev.hubble.pipeline.TextToImage;
import dev.hubble.weights.hub.HubConfig;
import java.net.URI;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;
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
/// Safe to share between threads: calls queue fairly for the device.
public final class Hubble implements AutoCloseable {
  private final Ops ops;
  private final Model model;
  private final ModelInfo info;
  private final TextToImage pipeline;
  private final double loadMillis;
  private final ReentrantLock device = new ReentrantLock(true);
  private boolean closed;

  private Hubble(Ops ops, Model model, LazyEncoder encoder, ModelInfo info, double loadMillis) {
    this.ops = ops;
    this.model = model;
    this.info = info;
    this.pipeline = new TextToImage(model, encoder);
    this.loadMillis = loadMillis;
  }

  /// How a model is opened. Immutable.
  ///
  /// @param device `auto`, `cpu` or `reference`
  /// @param threads how many threads compute; 0 for one per core
  /// @param singleFile what to say about a model in a single file
  /// @param hub how a model on the Hugging Face hub is found
  public record Options(String device, int threads, SingleFile singleFile, Hub hub) {
    /// The best device, all cores.
    public static final Options DEFAULT = new Options("auto", 0);

    public Options(String device, int threads) {
      this(device, threads, SingleFile.DEFAULT, Hub.DEFAULT);
    }

    /// The same with something else to say about a single file.
    public Options singleFile(SingleFile other) {
      return new Options(device, threads, other, hub);
    }

    /// The same with another way to find models on the hub.
    public Options hub(Hub other) {
      return new Options(device, threads, singleFile, other);
    }
  }

  /// What a model in a single file (`.ckpt`, `.safetensors`) does not say itself. Immutable.
  ///
  /// @param tokenizer a folder with `vocab.json` and `merges.txt`, or `tokenizer.json`; null for
  ///   the one below `config`, or else CLIP's from the hub's cache or from the hub
  /// @param config a diffusers folder, which needs no weights, for a model of other sizes than
  ///   Stable Diffusion v1.4; null for these
  /// @param ema whether to take the moving average of the weights where the file has both
  public record SingleFile(@Nullable Path tokenizer, @Nullable Path config, boolean ema) {
    /// The sizes of v1.4 and the weights themselves.
    public static final SingleFile DEFAULT = new SingleFile(null, null, false);

    /// The same with another tokenizer.
    public SingleFile tokenizer(@Nullable Path other) {
      return new SingleFile(other, config, ema);
    }

    /// The same with another configuration.
    public SingleFile config(@Nullable Path other) {
      return new SingleFile(tokenizer, other, ema);
    }

    /// The same with or without the moving average.
    public SingleFile ema(boolean other) {
      return new SingleFile(tokenizer, config, other);
    }
  }

  /// How a model on the Hugging Face hub is found, and in which form. What is left null is as the
  /// environment says (`HF_HOME`, `HF_TOKEN`, `HF_ENDPOINT`, `HF_HUB_OFFLINE`, ...). Immutable.
  ///
  /// @param revision a branch, a tag, a commit or `refs/pr/1`; null for `main`
  /// @param variant such as `fp16`, also for folders; null for the plain weights
  /// @param token what to show to the hub
  /// @param offline whether the network must not be used
  /// @param cache where downloads are kept
  /// @param endpoint the hub, or a mirror of it
  /// @param progress hears how a download comes along
  public record Hub(
      @Nullable String revision,
      @Nullable String variant,
      @Nullable String token,
      boolean offline,
      @Nullable Path cache,
      @Nullable URI endpoint,
      DownloadProgress progress) {
    /// The branch `main`, plain weights, and what the environment says.
    public static final Hub DEFAULT =
        new Hub(null, null, null, false, null, null, DownloadProgress.NONE);

    /// The same at another revision.
    public Hub revision(@Nullable String other) {
      return new Hub(other, variant, token, offline, cache, endpoint, progress);
    }

    /// The same in another variant.
    public Hub variant(@Nullable String other) {
      return new Hub(revision, other, token, offline, cache, endpoint, progress);
    }

    /// The same with another token.
    public Hub token(@Nullable String other) {
      return new Hub(revision, variant, other, offline, cache, endpoint, progress);
    }

    /// The same with or without the network.
    public Hub offline(boolean other) {
      return new Hub(revision, variant, token, other, cache, endpoint, progress);
    }

    /// The same with another cache folder.
    public Hub cache(@Nullable Path other) {
      return new Hub(revision, variant, token, offline, other, endpoint, progress);
    }

    /// The same from another hub.
    public Hub endpoint(@Nullable URI other) {
      return new Hub(revision, variant, token, offline, cache, other, progress);
    }

    /// The same with another listener.
    public Hub progress(DownloadProgress other) {
      return new Hub(revision, variant, token, offline, cache, endpoint, other);
    }

    /// Leaves out the token: this ends up in logs.
    @Override
    public String toString() {
      return "Hub[revision=%s, variant=%s, token=%s, offline=%s, cache=%s, endpoint=%s]"
          .formatted(revision, variant, token == null ? "none" : "***", offline, cache, endpoint);
    }
  }

  /// Opens a model on the best device.
  ///
  /// @param model a diffusers folder, a checkpoint in a single file, the name of a model on the
  ///   Hugging Face hub, which is downloaded unless the cache has it, or `mini` for the embedded
  ///   model
  /// @throws HubbleException.Model if there is no such model, or it is damaged or of another kind
  public static Hubble load(String model) {
    return load(model, Options.DEFAULT);
  }

  /// Opens a model as `options` say.
  ///
  /// @param model a diffusers folder, a checkpoint in a single file, the name of a model on the
  ///   Hugging Face hub, which is downloaded unless the cache has it, or `mini` for the embedded
  ///   model
  /// @throws HubbleException.Model if there is no such model, or it is damaged or of another kind
  /// @throws HubbleException.BadRequest if there is no such device
  public static Hubble load(String model, Options options) {
    long start = System.nanoTime();
    ModelFiles files = Models.find(model, options);
    ModelInfo info = ModelSummary.of(files);
    ModelSummary.checkMemory(info);
    Ops ops = open(options);
    try {
      var loaded = Model.load(files, ops);
      return new Hubble(
          ops, loaded, new LazyEncoder(files, ops), info, (System.nanoTime() - start) / 1e6);
    } catch (RuntimeException | Error e) {
      ops.close();
      throw e;
    }
  }

  private static Ops open(Options options) {
    try {
      return Backends.open(options.device(), new Backends.Options(options.threads()));
    } catch (IllegalArgumentException e) {
      throw new HubbleException.BadRequest(e.getMessage(), e);
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
    return info(model, Options.DEFAULT);
  }

  /// What a model is, without loading it, found as `options` say.
  ///
  /// @throws HubbleException.Model if there is no such model, or it is damaged or of another kind
  public static ModelInfo info(String model, Options options) {
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
  public static Path download(String model, Hub hub) {
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
  public static void convert(String model, Path out, @Nullable String dtype, Options options) {
    Conversion.run(Models.find(model, options), out, dtype);
  }

  /// How a model reads `text`, without loading it.
  ///
  /// @param model as for [#load], or a folder that holds `vocab.json` itself
  public static Tokenizing tokenizer(String model) {
    return tokenizer(model, Options.DEFAULT);
  }

  /// How a model, found as `options` say, reads `text`. Of a model on the hub only the tokenizer is
  /// downloaded.
  ///
  /// @param model as for [#load], or a folder that holds `vocab.json` itself
  public static Tokenizing tokenizer(String model, Options options) {
    return TokenizerFolder.find(model, options)::encode;
  }

  /// Reads texts as a model does.
  @FunctionalInterface
  public interface Tokenizing {
    /// The text's tokens.
    Tokens encode(String text);
  }

  /// Draws. Waits for its turn if another thread is drawing.
  ///
  /// @throws HubbleException.BadRequest if the request cannot be met
  /// @throws HubbleException.OutOfMemory if there is too little memory for it
  public Generated generate(Request request) {
    return generate(request, Progress.NONE, new Cancellation());
  }

  /// Draws, tells `progress` how it comes along, and stops with [HubbleException.Cancelled] soon
  /// after `cancellation` or an interrupt of the calling thread asks for it.
  public Generated generate(Request request, Progress progress, Cancellation cancellation) {
    long start = System.nanoTime();
    var drawing = Drawing.of(request, model);
    await();
    try {
      if (closed) {
        throw new IllegalStateException("this Hubble is closed");
      }
      var result = pipeline.run(drawing.job(), progress, cancellation);
      return drawing.generated(
          result, info, ops.description(), loadMillis, (System.nanoTime() - start) / 1e6);
    } finally {
      device.unlock();
    }
  }

  private void await() {
    try {
      device.lockInterruptibly();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HubbleException.Cancelled();
    }
  }

  /// How the model reads `text`.
  public Tokens tokens(String text) {
    return model.tokenizer().encode(text);
  }

  /// What the model is.
  public ModelInfo info() {
    return info;
  }

  /// What computes, in one line.
  public String device() {
    return ops.description();
  }

  /// Gives back memory and threads, after the call that is drawing, if any.
  @Override
  public void close() {
    device.lock();
    try {
      if (!closed) {
        closed = true;
        ops.close();
      }
    } finally {
      device.unlock();
    }
  }
}
