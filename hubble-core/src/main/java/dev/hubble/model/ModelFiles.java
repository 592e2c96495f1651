// SPDX-License-Identifier: Apache-2.0
package dev.hubble.model;

import dev.hubble.HubbleException;
import dev.hubble.weights.TensorStore;
import org.jspecify.annotations.Nullable;

/// The files of one model in diffusers' layout (`model_index.json`, `unet/config.json`, ...),
/// wherever they lie.
public interface ModelFiles {
  /// The model's name, for people.
  String name();

  /// Where `path` lies, for messages.
  String locate(String path);

  /// The text of a file, or null if there is none.
  @Nullable String find(String path);

  /// The text of a file that every model has.
  default String text(String path) {
    var text = find(path);
    if (text == null) {
      throw new HubbleException.Model(
          "%s is missing: %s is not a whole diffusers model.".formatted(locate(path), name()));
    }
    return text;
  }

  /// A JSON file that every model has.
  default Config config(String path) {
    return Config.parse(locate(path), text(path));
  }

  /// What to say when it turns out that there is no tokenizer.
  default String noTokenizer() {
    return "%s holds neither vocab.json with merges.txt nor tokenizer.json."
        .formatted(locate("tokenizer/"));
  }

  /// The weights in the folder `component`, in files that are named after `base`
  /// (`diffusion_pytorch_model`, `model`).
  TensorStore weights(String component, String base);
}
