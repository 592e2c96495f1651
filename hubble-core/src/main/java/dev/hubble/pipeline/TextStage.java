// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import dev.hubble.HubbleException;
import dev.hubble.PromptEmbeddings;
import dev.hubble.PromptSyntax;
import dev.hubble.Tokens;
import dev.hubble.kernels.Tensor;
import dev.hubble.model.Model;
import dev.hubble.nn.Observer;
import dev.hubble.prompt.Reading;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The first half of the pipeline: what the pictures show, and must not show, as vectors.
final class TextStage {
  private final Model model;

  // Most runs need the empty text, so it is kept.
  private float @Nullable [] emptyText;

  TextStage(Model model) {
    this.model = model;
  }

  /// The encoded prompts. L is 77, or a multiple of it where a text is read in chunks.
  ///
  /// @param negative how the first picture's negative prompt was read
  /// @param prompt how the first picture's prompt was read
  /// @param both gives the vectors for these two, `[2,L,C]`; without guidance the first half is
  ///   computed only now
  /// @param length how many vectors each of the two has
  /// @param context the text of every image of the UNet's batch: with guidance all negative prompts
  ///   first, then all prompts, `[2N,L,C]`; without, the prompts only
  record Words(Tokens negative, Tokens prompt, Supplier<Tensor> both, int length, Tensor context) {}

  /// How many vectors the longest of the job's texts will have, before any is encoded.
  int length(Job job) {
    var run = new Run(job, Observer.NONE);
    return job.images().stream()
        .mapToInt(image ->
            Math.max(run.promptLength(image), job.guided() ? run.negativeLength(image) : 0))
        .max()
        .orElseThrow();
  }

  /// Encodes the job's texts, each distinct one once, and makes them equally long.
  Words encode(Job job, Observer observer) {
    var run = new Run(job, observer);
    var context = new ArrayList<float[]>();
    if (job.guided()) {
      job.images().forEach(image -> context.add(run.negative(image)));
    }
    job.images().forEach(image -> context.add(run.prompt(image)));
    int length = context.stream().mapToInt(z -> z.length / width()).max().orElseThrow();
    var first = job.images().getFirst();
    int shown = Math.max(length, run.negativeLength(first));
    return new Words(
        run.tokens(first.negative(), shown),
        run.tokens(first.prompt(), shown),
        () -> run.batch(List.of(run.negative(first), run.prompt(first)), shown),
        shown,
        run.batch(context, length));
  }

  /// One text by itself, as the UNet would get it.
  PromptEmbeddings embed(String text, PromptSyntax syntax, int skip, Observer observer) {
    float[] z = new Encoding(syntax, observer).encode(text, skip);
    return PromptEmbeddings.of(z, z.length / width(), width());
  }

  private int width() {
    return model.textEncoder().config().hiddenSize();
  }

  /// The texts of one run.
  private final class Run {
    private final Job job;
    private final Encoding encoding;

    Run(Job job, Observer observer) {
      this.job = job;
      this.encoding = new Encoding(job.prompting().syntax(), observer);
    }

    /// How `text` was read, followed by empty chunks up to `length`.
    Tokens tokens(String text, int length) {
      var tokens = encoding.read(text).tokens();
      int missing = (length - tokens.ids().size()) / model.tokenizer().maxLength();
      if (missing <= 0) {
        return tokens;
      }
      var ids = new ArrayList<>(tokens.ids());
      var weights = new ArrayList<>(tokens.weights());
      for (int i = 0; i < missing; i++) {
        Arrays.stream(model.tokenizer().ids("")).forEach(ids::add);
        weights.addAll(Collections.nCopies(model.tokenizer().maxLength(), 1f));
      }
      return new Tokens(
          ids, tokens.pieces(), tokens.untruncated(), tokens.truncated(), tokens.chunks(), weights);
    }

    int promptLength(Job.Image image) {
      return length(job.prompting().prompt(), image.prompt());
    }

    int negativeLength(Job.Image image) {
      return length(job.prompting().negative(), image.negative());
    }

    private int length(@Nullable PromptEmbeddings given, String text) {
      return given != null
          ? given.tokens()
          : encoding.read(text).chunks().size() * model.tokenizer().maxLength();
    }

    float[] prompt(Job.Image image) {
      var given = job.prompting().prompt();
      return given != null ? values(given) : encoding.encode(image.prompt(), job.clipSkip());
    }

    /// In diffusers the negative prompt always goes through all layers.
    float[] negative(Job.Image image) {
      var given = job.prompting().negative();
      return given != null ? values(given) : encoding.encode(image.negative(), negativeSkip());
    }

    private int negativeSkip() {
      return job.prompting().syntax() == PromptSyntax.A1111 ? job.clipSkip() : 0;
    }

    private float[] values(PromptEmbeddings given) {
      if (given.width() != width()) {
        throw new HubbleException.BadRequest(
            "The prompt embeddings are of width %d and the model's text encoder of %d: they are another model's."
                .formatted(given.width(), width()));
      }
      return given.values();
    }

    /// `[N,size,C]`; what is shorter is followed by the empty text.
    Tensor batch(List<float[]> texts, int size) {
      float[] all = new float[texts.size() * size * width()];
      int at = 0;
      for (float[] z : texts) {
        System.arraycopy(z, 0, all, at, z.length);
        int end = at + size * width();
        at += z.length;
        while (at < end) {
          float[] empty = encoding.empty(0);
          if (at + empty.length > end) {
            throw new HubbleException.BadRequest(
                "One of the prompts has %d vectors and another %d; they must be equally many, or differ by a multiple of %d."
                    .formatted(z.length / width(), size, model.tokenizer().maxLength()));
          }
          System.arraycopy(empty, 0, all, at, empty.length);
          at += empty.length;
        }
      }
      return model.ops().upload(all, texts.size(), size, width());
    }
  }

  /// Reads and encodes texts, each once.
  private final class Encoding {
    private final PromptSyntax syntax;
    private final Observer observer;
    private final Map<String, Reading> readings = new HashMap<>();
    private final Map<Text, float[]> encoded = new HashMap<>();

    private record Text(String text, int skip) {}

    Encoding(PromptSyntax syntax, Observer observer) {
      this.syntax = syntax;
      this.observer = observer;
    }

    Reading read(String text) {
      return readings.computeIfAbsent(text, t -> Reading.of(syntax, t, model.tokenizer()));
    }

    /// `[L,C]`
    float[] encode(String text, int skip) {
      if (text.isEmpty()) {
        return empty(skip);
      }
      var key = new Text(text, skip);
      float[] known = encoded.get(key);
      if (known == null) {
        known =
            join(
                Weighing.apply(
                    read(text), (ids, hidden) -> run(ids, skip, hidden), () -> empty(skip)));
        encoded.put(key, known);
      }
      return known;
    }

    float[] empty(int skip) {
      if (skip == 0) {
        if (emptyText == null) {
          emptyText = run(model.tokenizer().ids(""), 0, null);
        }
        return Objects.requireNonNull(emptyText);
      }
      return encoded.computeIfAbsent(
          new Text("", skip), key -> run(model.tokenizer().ids(""), skip, null));
    }

    private float[] run(int[] ids, int skip, boolean @Nullable [] hidden) {
      var ops = model.ops();
      try (var scope = ops.openScope()) {
        var z = model.textEncoder().apply(ids, model.tokenizer().learned(), skip, hidden, observer);
        return Finite.check(z.toArray(), "The text encoder");
      }
    }
  }

  private static float[] join(List<float[]> chunks) {
    if (chunks.size() == 1) {
      return chunks.getFirst();
    }
    float[] all = new float[chunks.stream().mapToInt(z -> z.length).sum()];
    int at = 0;
    for (float[] z : chunks) {
      System.arraycopy(z, 0, all, at, z.length);
      at += z.length;
    }
    return all;
  }
}
