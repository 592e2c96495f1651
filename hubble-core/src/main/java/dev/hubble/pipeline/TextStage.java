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
    Map<String, Tensor> encoded = new HashMap<>();
    Function<String, Tensor> once = text -> encoded.computeIfAbsent(text, t -> encode(t, observer));
    var context = new ArrayList<Tensor>();
    if (job.guided()) {
      job.images().forEach(image -> context.add(once.apply(image.negative())));
    }
    job.images().forEach(image -> context.add(once.apply(image.prompt())));
    var first = job.images().getFirst();
    return new Words(
        model.tokenizer().encode(first.negative()),
        model.tokenizer().encode(first.prompt()),
        () -> ops.batch(once.apply(first.negative()), once.apply(first.prompt())),
        ops.batch(context.toArray(Tensor[]::new)));
  }

  /// `[1,77,C]`. Most runs need the empty text, so it is kept.
  private Tensor encode(String text, Observer observer) {
    var ops = model.ops();
    var config = model.textEncoder().config();
    if (text.isEmpty() && emptyText != null) {
      return ops.upload(emptyText, 1, config.positions(), config.hiddenSize());
    }
    var encoded = model.textEncoder().apply(model.tokenizer().ids(text), observer);
    float[] values = Finite.check(encoded.toArray(), "The text encoder");
    if (text.isEmpty()) {
      emptyText = values;
    }
    return encoded;
  }
}
