// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;

/// The refused files that fuzzing found, one for each way of being refused, the smallest: kept as
/// regression tests. One line each: the bytes (deflated, Base64), a tab, the sentence.
///
/// `-Dhubble.fuzz.collect=true` makes the fuzz tests write what they find.
public final class Corpus {
  private static final boolean COLLECT = Boolean.getBoolean("hubble.fuzz.collect");

  /// One refused file.
  ///
  /// @param file its bytes
  /// @param sentence why it was refused
  public record Refused(byte[] file, String sentence) {
    @Override
    public String toString() {
      return sentence;
    }
  }

  private final String name;
  private final Map<String, Refused> found = new TreeMap<>();

  private Corpus(String name) {
    this.name = name;
  }

  /// A corpus to add to.
  public static Corpus collect(String name) {
    return new Corpus(name);
  }

  /// Keeps the file if it is the smallest that was refused like this.
  public void add(byte[] file, @Nullable String sentence) {
    if (COLLECT) {
      var refused = new Refused(file.clone(), Objects.requireNonNull(sentence));
      found.merge(kind(sentence), refused, (a, b) -> a.file.length <= b.file.length ? a : b);
    }
  }

  /// A sentence without what differs from file to file: numbers and quoted names.
  private static String kind(String sentence) {
    return sentence
        .replaceAll("\"[^\"]*\"|'[^']*'", "*")
        .replaceAll("0x[0-9a-f]+|-?[0-9.]+|\\[.*]", "#");
  }

  /// Writes the corpus, if that was asked for.
  public void save() {
    if (!COLLECT) {
      return;
    }
    var lines = new ArrayList<String>();
    found.values().forEach(r -> lines.add(encode(r.file) + "\t" + r.sentence));
    try {
      Path to = Path.of("src/test/resources/corpus", name + ".tsv");
      Files.createDirectories(to.getParent());
      Files.write(to, lines);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// What is kept.
  public static List<Refused> load(String name) {
    String resource = "/corpus/" + name + ".tsv";
    try (InputStream in = Objects.requireNonNull(Corpus.class.getResourceAsStream(resource))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .map(line -> line.split("\t", 2))
          .map(parts -> new Refused(decode(parts[0]), parts[1]))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String encode(byte[] file) {
    var bytes = new ByteArrayOutputStream();
    try (var out = new DeflaterOutputStream(bytes)) {
      out.write(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Base64.getEncoder().encodeToString(bytes.toByteArray());
  }

  private static byte[] decode(String text) {
    var bytes = new ByteArrayInputStream(Base64.getDecoder().decode(text));
    try (var in = new InflaterInputStream(bytes)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
