// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import dev.hubble.Generated;
import dev.hubble.HubAccess;
import dev.hubble.LoadOptions;
import dev.hubble.ModelInfo;
import dev.hubble.Progress;
import dev.hubble.PromptSyntax;
import dev.hubble.Request;
import dev.hubble.RunOptions;
import dev.hubble.SingleFileHints;
import dev.hubble.Tokenizing;
import dev.hubble.Tokens;
import dev.hubble.kernels.Backends;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// An engine that draws black pictures at once, or fails as it is told to.
class FakeEngine implements Engine {
  @Nullable Throwable failure;
  String truncated = "";
  final List<Request> requests = new ArrayList<>();
  final List<RunOptions> runs = new ArrayList<>();
  final List<String> models = new ArrayList<>();
  Path cache = Path.of("nowhere");
  @Nullable LoadOptions options;
  @Nullable SingleFileHints singleFile;
  @Nullable Path converted;
  @Nullable String dtype;
  @Nullable Path trace;
  int closed;
  @Nullable PromptSyntax syntax;
  int chunks = 1;
  @Nullable List<Float> weights;
  long stored;

  @Override
  public Session open(String model, LoadOptions options) {
    models.add(model);
    this.options = options;
    options.progress().bytes(stored / 2, stored);
    options.progress().bytes(stored, stored);
    return new FakeSession();
  }

  @Override
  public ModelInfo info(String model, LoadOptions options) {
    fail();
    models.add(model);
    this.options = options;
    singleFile = options.singleFile();
    return new ModelInfo(
        model,
        "0123456789",
        List.of(
            new ModelInfo.Component("tokenizer", "CLIPTokenizer", "", 0, 0, Map.of(), 0),
            new ModelInfo.Component(
                "unet", "UNet", "u.safetensors", 3, 1234567, Map.of("F16", 1, "F32", 2), 2469134)),
        "PNDMScheduler",
        128,
        64);
  }

  @Override
  public void convert(String model, Path out, @Nullable String type, LoadOptions options) {
    fail();
    models.add(model);
    converted = out;
    dtype = type;
    this.options = options;
    singleFile = options.singleFile();
  }

  @Override
  public Path download(String model, HubAccess hub) {
    models.add(model);
    options = LoadOptions.DEFAULT.hub(hub);
    hub.progress().note("This is a note.");
    hub.progress().bytes(1_000_000, 4_000_000);
    fail();
    hub.progress().bytes(4_000_000, 4_000_000);
    return Path.of("cache", model);
  }

  @Override
  public Tokenizing tokenizer(String model, LoadOptions options) {
    fail();
    models.add(model);
    this.options = options;
    return (text, syntax) -> {
      this.syntax = syntax;
      Tokens read = tokens(text);
      return weights == null
          ? read
          : new Tokens(
              read.ids(), read.pieces(), read.untruncated(), read.truncated(), chunks, weights);
    };
  }

  @Override
  public Path cache() {
    return cache;
  }

  @Override
  public String speed() {
    return "Vector API, 512-bit: 115 GFLOP/s on one core";
  }

  @Override
  public List<Backends.Report> devices() {
    return List.of(
        new Backends.Report("cpu", true, "2 cores"),
        new Backends.Report("reference", true, "reference: plain loops"),
        new Backends.Report("gpu", false, "there is no driver"));
  }

  void fail() {
    switch (failure) {
      case null -> {}
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new AssertionError(failure);
    }
  }

  /// One token per word; ten fit.
  static Tokens tokens(String text) {
    List<String> words = text.isEmpty() ? List.of() : List.of(text.split(" ", -1));
    var ids = new ArrayList<Integer>(List.of(100));
    words.stream().limit(8).forEach(word -> ids.add(word.length()));
    ids.addAll(Collections.nCopies(10 - ids.size(), 101));
    String cut = String.join(" ", words.subList(Math.min(8, words.size()), words.size()));
    return new Tokens(ids, words, words.size() + 2, cut);
  }

  private final class FakeSession implements Session {
    @Override
    public Generated generate(Request request, RunOptions options, @Nullable Path traceFile) {
      requests.add(request);
      runs.add(options);
      var progress = options.progress();
      trace = traceFile;
      var values = new NoValues();
      progress.on(
          new Progress.Event.Started(
              2, tokens(request.negative()), tokens(request.prompt()), values, values));
      progress.on(new Progress.Event.Step(1, 2, values, new NoPreview()));
      fail();
      progress.on(new Progress.Event.Step(2, 2, values, new NoPreview()));
      progress.on(new Progress.Event.Decoding());
      progress.on(new Progress.Event.Decoded(values));
      return draw(request, truncated);
    }

    @Override
    public void close() {
      closed++;
    }
  }

  private static Generated draw(Request request, String truncated) {
    long seed = request.seed().orElse(7);
    return new Generated(
        IntStream.range(0, request.count())
            .mapToObj(i ->
                new Generated.Picture(
                    new BufferedImage(16, 8, BufferedImage.TYPE_INT_RGB),
                    seed + i,
                    request.prompt(),
                    request.negative()))
            .toList(),
        request.prompt(),
        request.negative(),
        new Tokens(List.of(1, 2, 3), List.of("a</w>"), 5, truncated),
        25,
        5,
        "pndm",
        16,
        8,
        new Generated.ModelId("hubble-mini", "0123456789"),
        "CPU, 2 cores",
        "f32",
        new Generated.Timings(1, 0, 2, List.of(3.5, 4.5), 5, 6));
  }

  private record NoValues() implements Progress.Values {
    @Override
    public float[] values() {
      return new float[0];
    }

    @Override
    public List<Integer> shape() {
      return List.of(0, 4, 1, 2);
    }
  }

  private record NoPreview() implements Progress.Preview {
    @Override
    public List<BufferedImage> rough() {
      return List.of(new BufferedImage(2, 1, BufferedImage.TYPE_INT_RGB));
    }

    @Override
    public List<BufferedImage> decoded() {
      return List.of(new BufferedImage(16, 8, BufferedImage.TYPE_INT_RGB));
    }
  }
}
