// SPDX-License-Identifier: Apache-2.0
package dev.hubble.clip;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPInputStream;

/// The vocabularies among the test resources.
final class Vocabularies {
  /// CLIP's own, as every v1 model carries it.
  static final Tokenizer CLIP =
      Tokenizer.load(
          read("vocab/vocab.json.gz"),
          read("vocab/merges.txt.gz"),
          read("vocab/tokenizer_config.json"),
          read("vocab/special_tokens_map.json"));

  private Vocabularies() {}

  static String read(String resource) {
    try (InputStream raw = Vocabularies.class.getResourceAsStream(resource);
        InputStream in = resource.endsWith(".gz") ? new GZIPInputStream(raw) : raw) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
