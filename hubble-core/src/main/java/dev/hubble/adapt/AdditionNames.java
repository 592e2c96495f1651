// SPDX-License-Identifier: Apache-2.0
package dev.hubble.adapt;

import dev.hubble.Additions;
import dev.hubble.UsedAdditions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What additions are called where their files do not matter.
public final class AdditionNames {
  private static final String WEIGHTS = ".+\\.(safetensors|pt|bin|ckpt)";

  private AdditionNames() {}

  /// Names and hashes of all of `additions`, whose files have been read already.
  public static UsedAdditions of(Additions additions) {
    var loras = new ArrayList<UsedAdditions.Lora>();
    for (var lora : additions.loras()) {
      loras.add(
          new UsedAdditions.Lora(stem(lora.file()), lora.scale(), AdditionHash.lora(lora.file())));
    }
    var words = new ArrayList<UsedAdditions.Word>();
    for (var embedding : additions.embeddings()) {
      String hash = AdditionHash.word(embedding.file());
      for (var token : EmbeddingFiles.tokens(embedding)) {
        words.add(new UsedAdditions.Word(token, stem(embedding.file()), hash));
      }
    }
    return new UsedAdditions(loras, words);
  }

  /// Whether a file can be an addition, as far as its name says.
  static boolean isWeights(Path file) {
    return last(file).toLowerCase(Locale.ROOT).matches(WEIGHTS);
  }

  /// The name under which recipes know `file`.
  static String of(Path file) {
    return plain(stem(file));
  }

  static String plain(String name) {
    return new UsedAdditions.Lora(name, 1, "").name();
  }

  /// The name of a file without the ending of weight files.
  static String stem(Path file) {
    String name = last(file);
    return name.toLowerCase(Locale.ROOT).matches(WEIGHTS)
        ? name.substring(0, name.lastIndexOf('.'))
        : name;
  }

  private static String last(Path file) {
    @Nullable Path last = file.getFileName();
    return last == null ? file.toString() : last.toString();
  }
}
