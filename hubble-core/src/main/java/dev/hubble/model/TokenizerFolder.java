// SPDX-License-Identifier: Apache-2.0
package dev.hubble.model;

import dev.hubble.HubbleException;
import dev.hubble.LoadOptions;
import dev.hubble.clip.Tokenizer;
import dev.hubble.weights.hub.RepoId;
import java.nio.file.Files;

/// Finds the tokenizer's files: `vocab.json` with `merges.txt` as in the v1 models, or the
/// `tokenizer.json` that newer writers leave alone.
public final class TokenizerFolder {
  private TokenizerFolder() {}

  /// The tokenizer of `model`, which may also be a folder that holds the tokenizer's files
  /// themselves.
  public static Tokenizer find(String model, LoadOptions options) {
    if (!model.equals(Models.MINI)) {
      var path = Models.path(model);
      if (Files.isDirectory(path)) {
        var folder = new FolderFiles(path);
        if (folder.find("vocab.json") != null || folder.find("tokenizer.json") != null) {
          return load(folder, "");
        }
      } else if (!Files.exists(path) && Models.isHubId(model)) {
        return load(HubModels.tokenizer(RepoId.parse(model), options.hub()));
      }
    }
    return load(Models.find(model, options));
  }

  /// Reads the folder `tokenizer` of a model.
  static Tokenizer load(ModelFiles files) {
    return load(files, "tokenizer/");
  }

  /// Reads the files below `prefix`, which is empty for a folder that is itself a tokenizer's.
  static Tokenizer load(ModelFiles files, String prefix) {
    var config = files.find(prefix + "tokenizer_config.json");
    var special = files.find(prefix + "special_tokens_map.json");
    var vocab = files.find(prefix + "vocab.json");
    var merges = files.find(prefix + "merges.txt");
    if (vocab != null && merges != null) {
      return Tokenizer.load(vocab, merges, config, special);
    }
    var whole = files.find(prefix + "tokenizer.json");
    if (whole != null) {
      return Tokenizer.loadTokenizerJson(whole, config, special);
    }
    throw new HubbleException.Model(
        prefix.isEmpty()
            ? "%s holds neither vocab.json with merges.txt nor tokenizer.json."
                .formatted(files.locate("."))
            : files.noTokenizer());
  }
}
