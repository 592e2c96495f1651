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
import dev.hubble.model.OpenWeights;
import dev.hubble.model.TokenizerFolder;
import dev.hubble.pipeline.Drawing;
import dev.hubble.pipeline.TextToImage;
import dev.hubble.weights.hub.HubConfig;
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
  /// @throws HubbleException.BadRequest if there is no such device
  public static Hubble load(String model, LoadOptions options) {
    long start = System.nanoTime();
    ModelFiles files = Models.find(model, options);
    try (var weights = OpenWeights.of(files)) {
      ModelInfo info = ModelSummary.of(weights);
      ModelSummary.checkMemory(info);
      Ops ops = open(options);
      try {
        var loaded = Model.load(weights, ops, options.progress());
        return new Hubble(
            ops, loaded, new LazyEncoder(files, ops), info, (System.nanoTime() - start) / 1e6);
      } catch (RuntimeException | Error e) {
        ops.close();
        throw e;
      }
    }
  }

  private static Ops open(LoadOptions options) {
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
    return TokenizerFolder.find(model, options)::encode;
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
