// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import dev.hubble.adapt.AdditionSearch;
import dev.hubble.image.Parameters;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.Collectors;
import tools.jackson.databind.json.JsonMapper;

/// What a model had on top of its own weights when it drew, as a recipe tells it: by names and
/// hashes, for pictures are passed on and where files lie is nobody's business. Immutable.
///
/// ```java
/// Recipe recipe = Recipe.read(Path.of("galaxy.png"));
/// hubble.use(recipe.additions().find(List.of(Path.of("loras"))));
/// ```
///
/// @param loras the LoRAs, in the order in which they were given
/// @param words the words that it was taught
public record UsedAdditions(List<Lora> loras, List<Word> words) {
  /// The model by itself.
  public static final UsedAdditions NONE = new UsedAdditions(List.of(), List.of());

  /// The names that AUTOMATIC1111's web UI gives these fields.
  static final String LORAS = "Lora hashes";

  static final String WORDS = "TI hashes";

  /// Tokens and files of words where the web UI's field cannot tell them: a JSON array of pairs.
  static final String EXACT_WORDS = "TI words";

  private static final JsonMapper JSON = new JsonMapper();

  public UsedAdditions {
    loras = List.copyOf(loras);
    words = List.copyOf(words);
  }

  /// A LoRA.
  ///
  /// @param name of its file, without the ending, and without the characters that part fields
  /// @param scale how much of it
  /// @param hash 12 hexadecimal digits, as the web UI counts them: SHA-256 of a safetensors file
  ///   behind its header, of another file as a whole; empty if it is not known
  public record Lora(String name, double scale, String hash) {
    public Lora {
      name = plain(name);
    }
  }

  /// A learned word.
  ///
  /// @param token as it is written in prompts
  /// @param name of its file, without the ending
  /// @param hash 12 hexadecimal digits of the SHA-256 of its file; empty if it is not known
  public record Word(String token, String name, String hash) {}

  /// Whether there is nothing.
  public boolean isEmpty() {
    return loras.isEmpty() && words.isEmpty();
  }

  /// What the web UI writes behind the prompt: `<lora:detail:0.8>`; empty if there are no LoRAs.
  public String tags() {
    return loras.stream()
        .map(lora -> "<lora:" + lora.name() + ":" + Parameters.plain(lora.scale()) + ">")
        .collect(Collectors.joining(" "));
  }

  /// What the web UI writes behind the settings: field -> value.
  public SequencedMap<String, String> fields() {
    var fields = new LinkedHashMap<String, String>();
    if (!loras.isEmpty()) {
      fields.put(
          LORAS,
          loras.stream()
              .map(lora -> lora.name() + ": " + lora.hash())
              .collect(Collectors.joining(", ")));
    }
    if (!words.isEmpty()) {
      fields.put(
          WORDS,
          words.stream()
              .map(word -> plain(word.token()) + ": " + word.hash())
              .collect(Collectors.joining(", ")));
      if (words.stream().anyMatch(w -> !w.name().equals(plain(w.token())) || !plain(w))) {
        fields.put(
            EXACT_WORDS,
            JSON.writeValueAsString(
                words.stream().map(word -> List.of(word.token(), word.name())).toList()));
      }
    }
    return fields;
  }

  /// The files, as they can be given to [Hubble#use]: looked for by their names in `folders` and
  /// the folders directly therein, and known by their hashes.
  ///
  /// @throws HubbleException.BadRequest naming what is not there, or is another file
  public Additions find(List<Path> folders) {
    return isEmpty() ? Additions.NONE : new AdditionSearch(folders).find(this);
  }

  private static boolean plain(Word word) {
    return word.token().equals(plain(word.token()));
  }

  /// Without the characters that have a meaning in fields and tags, as the web UI does it.
  static String plain(String name) {
    return name.replaceAll("[,:<>\"\\p{Cntrl}\u2028\u2029]", "").strip();
  }
}
