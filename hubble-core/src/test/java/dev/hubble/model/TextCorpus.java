// SPDX-License-Identifier: Apache-2.0
package dev.hubble.model;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/// The refused text files that fuzzing found, one for each way of being refused, the shortest: kept
/// as regression tests.
///
/// `-Dhubble.fuzz.collect=true` makes the fuzz test write what it finds.
final class TextCorpus {
  private static final boolean COLLECT = Boolean.getBoolean("hubble.fuzz.collect");
  private static final String FILE = "corpus/text-files.jsonl";
  private static final int LONGEST = 4_000;
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  /// One refused file.
  ///
  /// @param file which of a model's files
  /// @param sentence how the reason begins
  /// @param text what stood in it
  record Refused(String file, String sentence, String text) {
    @Override
    public String toString() {
      return file + ": " + sentence;
    }
  }

  private final Map<String, Refused> found = new TreeMap<>();

  /// Keeps the text if it is the shortest that was refused like this.
  void add(String file, String sentence, String text) {
    if (COLLECT && text.length() <= LONGEST) {
      // What comes then says the JSON library, and that may change.
      String ours =
          sentence.replaceFirst("(?s)(is not valid JSON( at line \\d+, column \\d+:| )).*", "$1");
      String kind = kind(ours);
      found.merge(
          file + ": " + kind,
          new Refused(file, ours, text),
          (a, b) -> a.text.length() <= b.text.length() ? a : b);
    }
  }

  /// A sentence without what differs from file to file: values, quoted words, numbers.
  private static String kind(String sentence) {
    return sentence
        .replaceFirst("(?s)^(\\S+: \"\\w+\") is .*(, expected|; it)", "$1 is *$2")
        .replaceFirst("(?s)^(\\S+(?: line \\d+| merge \\d+)?:? [^\"]*)\".*\"", "$1*")
        .replaceAll("-?[0-9.]+", "#");
  }

  /// Writes the corpus, if that was asked for.
  void save() {
    if (COLLECT) {
      try {
        Path to = Path.of("src/test/resources", FILE);
        Files.createDirectories(to.getParent());
        Files.write(to, found.values().stream().map(JSON::writeValueAsString).toList());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /// What is kept.
  static List<Refused> load() {
    try (InputStream in =
        Objects.requireNonNull(TextCorpus.class.getResourceAsStream("/" + FILE))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .map(line -> JSON.readValue(line, Refused.class))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
