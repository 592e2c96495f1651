// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.safetensors;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;

/// JSON from a stranger: UTF-8 and nothing else, bounded nesting, and no table of names that
/// outlives the file. Whoever reads the tokens rejects duplicates, since only they can name them.
final class StrictJson {
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(64).build())
          .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
          .build();

  private StrictJson() {}

  /// The tokens of a text.
  ///
  /// @throws CharacterCodingException if it is not UTF-8
  static JsonParser parser(byte[] utf8) throws CharacterCodingException {
    // Given bytes, Jackson would guess the encoding and skip a byte order mark.
    CharBuffer text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8));
    return FACTORY.createParser(
        ObjectReadContext.empty(), text.array(), text.arrayOffset(), text.remaining());
  }

  /// What is wrong with a text in which the parser gave up.
  static String problem(JacksonException e) {
    if (e instanceof StreamConstraintsException) {
      return "not JSON within the limits on nesting and on the length of names and numbers";
    }
    TokenStreamLocation at = e.getLocation();
    return "not valid JSON" + (at == null ? "" : " near character " + at.getCharOffset());
  }

  /// Whether every surrogate has its partner; JSON escapes can write half of a pair.
  static boolean isUnicode(String text) {
    return StandardCharsets.UTF_8.newEncoder().canEncode(text);
  }
}
