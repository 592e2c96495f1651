// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import dev.hubble.Tokens;
import dev.hubble.kernels.Tensor;
import dev.hubble.model.Model;
import dev.hubble.nn.Observer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The first half of the pipeline: what the pictures show, and must not show, as vectors.
final class TextStage {
  private final Model model;
  private float @Nullable [] emptyText;

  TextStage(Model model) {
    this.model = model;
  }

  /// The encoded prompts.
  ///
  /// @param negative how the first picture's negative prompt was read
  /// @param prompt how the first picture's prompt was read
  /// @param both gives the text encoder's output for these two, `[2,77,C]`; without guidance the
  ///   first half is computed only now
  /// @param context the text of every image of the UNet's batch: with guidance all negative prompts
  ///   first, then all prompts, `[2N,77,C]`; without, the prompts only
  record Words(Tokens negative, Tokens prompt, Supplier<Tensor> both, Tensor context) {}

  /// Encodes the job's texts, each distinct one once.
  Words encode(Job job, Observer observer) {
    var ops = model.ops();
    Map<Text, Tensor> encoded = new HashMap<>();
    Function<Text, Tensor> once = text -> encoded.computeIfAbsent(text, t -> encode(t, observer));
    var context = new ArrayList<Tensor>();
    if (job.guided()) {
      job.images().forEach(image -> context.add(once.apply(negative(image))));
    }
    job.images().forEach(image -> context.add(once.apply(prompt(job, image))));
    var first = job.images().getFirst();
    return new Words(
        model.tokenizer().encode(first.negative()),
        model.tokenizer().encode(first.prompt()),
        () -> ops.batch(once.apply(negative(first)), once.apply(prompt(job, first))),
        ops.batch(context.toArray(Tensor[]::new)));
  }

  /// A text, and how many of the encoder's last layers it does without.
  private record Text(String text, int skip) {}

  private static Text prompt(Job job, Job.Image image) {
    return new Text(image.prompt(), job.clipSkip());
  }

  /// The negative prompt always goes through all layers, as in diffusers.
  private static Text negative(Job.Image image) {
    return new Text(image.negative(), 0);
  }

  /// `[1,77,C]`. Most runs need the empty text, so it is kept.
  private Tensor encode(Text text, Observer observer) {
    var ops = model.ops();
    var config = model.textEncoder().config();
    boolean empty = text.text().isEmpty() && text.skip() == 0;
    if (empty && emptyText != null) {
      return ops.upload(emptyText, 1, config.positions(), config.hiddenSize());
    }
    int[] ids = model.tokenizer().ids(text.text());
    var encoded = model.textEncoder().apply(ids, text.skip(), observer);
    float[] values = Finite.check(encoded.toArray(), "The text encoder");
    if (empty) {
      emptyText = values;
    }
    return encoded;
  }
}
