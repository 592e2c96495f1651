// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What a model gets on top of its own weights. Immutable. Given when a model is opened
/// ([LoadOptions#additions]), or to one that is open ([Hubble#use]), where it replaces what there
/// was.
///
/// ```java
/// hubble.use(Additions.NONE.lora(Path.of("detail.safetensors"), 0.8).embedding(Path.of("style.pt")));
/// hubble.use(Additions.NONE); // as it was, bit for bit
/// ```
///
/// @param loras changes to layers; several add up
/// @param embeddings words that the model is taught
public record Additions(List<Lora> loras, List<Embedding> embeddings) {
  /// The model as it is.
  public static final Additions NONE = new Additions(List.of(), List.of());

  public Additions {
    loras = List.copyOf(loras);
    embeddings = List.copyOf(embeddings);
  }

  /// A LoRA (Hu et al., 2021, arXiv:2106.09685): low-rank changes to a model's layers.
  ///
  /// @param file safetensors or PyTorch's, with the names of diffusers, PEFT or kohya's trainer
  /// @param scale how much of the change: 1 all of it, 0 none; below 0 away from it
  public record Lora(Path file, double scale) {
    public Lora {
      Objects.requireNonNull(file, "file");
      if (!Double.isFinite(scale)) {
        throw new HubbleException.BadRequest(
            "The scale of %s is %s; it must be a number, 0.8 for example.".formatted(file, scale));
      }
    }
  }

  /// A textual inversion (Gal et al., 2022, arXiv:2208.01618): a word that a model is taught.
  ///
  /// @param file as diffusers or AUTOMATIC1111's web UI wrote it
  /// @param token how the word is written in prompts; null for the name in the file, or else that
  ///   of the file
  public record Embedding(Path file, @Nullable String token) {
    public Embedding {
      Objects.requireNonNull(file, "file");
      if (token != null && token.isBlank()) {
        throw new HubbleException.BadRequest(
            "The word of %s is empty; give it a name.".formatted(file));
      }
    }
  }

  /// The same with one more LoRA.
  public Additions lora(Path file, double scale) {
    var more = new ArrayList<>(loras);
    more.add(new Lora(file, scale));
    return new Additions(more, embeddings);
  }

  /// The same with one more word, under the name that its file says.
  public Additions embedding(Path file) {
    return embedding(file, null);
  }

  /// The same with one more word, under the name `token`.
  public Additions embedding(Path file, @Nullable String token) {
    var more = new ArrayList<>(embeddings);
    more.add(new Embedding(file, token));
    return new Additions(loras, more);
  }
}
