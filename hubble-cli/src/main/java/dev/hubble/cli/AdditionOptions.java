// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import dev.hubble.Additions;
import dev.hubble.HubbleException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options that say what the model gets on top of its own weights.
final class AdditionOptions {
  @Option(
      names = "--lora",
      paramLabel = "FILE[=SCALE]",
      description = "Apply a LoRA, by default with scale 1. May be given several times.")
  private List<String> loras = List.of();

  @Option(
      names = "--embedding",
      paramLabel = "FILE[=WORD]",
      description = {
        "Teach the model a word (textual inversion), under the name in the",
        "file unless WORD is given. May be given several times."
      })
  private List<String> embeddings = List.of();

  /// @param folder the folder that relative names start from
  /// @param base what there is unless the options say otherwise
  Additions get(Path folder, Additions base) {
    var additions =
        new Additions(
            loras.isEmpty() ? base.loras() : List.of(),
            embeddings.isEmpty() ? base.embeddings() : List.of());
    for (var lora : loras) {
      var argument = Argument.of(lora, folder, "--lora");
      additions = additions.lora(argument.file, scale(argument));
    }
    for (var embedding : embeddings) {
      var argument = Argument.of(embedding, folder, "--embedding");
      additions = additions.embedding(argument.file, argument.value);
    }
    return additions;
  }

  private static double scale(Argument argument) {
    if (argument.value == null) {
      return 1;
    }
    try {
      return Double.parseDouble(argument.value);
    } catch (NumberFormatException e) {
      throw new HubbleException.BadRequest(
          "The scale of %s is \"%s\"; it must be a number, --lora FILE=0.8 for example."
              .formatted(argument.file, argument.value),
          e);
    }
  }

  /// A file, and what stands behind the last `=`. A file whose own name has one is meant whole.
  private record Argument(Path file, @Nullable String value) {
    static Argument of(String text, Path folder, String option) {
      int at = text.lastIndexOf('=');
      Path whole = Destination.path(text, folder, option);
      if (at < 0 || Files.exists(whole)) {
        return new Argument(whole, null);
      }
      return new Argument(
          Destination.path(text.substring(0, at), folder, option), text.substring(at + 1));
    }
  }
}
