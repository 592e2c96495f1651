// SPDX-License-Identifier: Apache-2.0
package dev.hubble.clip;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// GPT-2's one printable character per byte (Radford et al., 2019, "Language Models are
/// Unsupervised Multitask Learners").
///
/// Working on UTF-8 bytes, a vocabulary of 256 symbols can spell every text there is. So that the
/// vocabulary file stays readable, printable Latin-1 characters stand for themselves and the other
/// 68 bytes for U+0100, U+0101, ...: a blank is `Ġ`, and `é` (C3 A9) reads `Ã©`.
final class ByteSymbols {
  private static final char[] SYMBOLS = new char[256];
  private static final short[] BYTES = new short[256 + 68];

  static {
    Arrays.fill(BYTES, (short) -1);
    char next = 256;
    for (int b = 0; b < 256; b++) {
      boolean printable = (b >= '!' && b <= '~') || (b >= 0xa1 && b <= 0xac) || b >= 0xae;
      SYMBOLS[b] = printable ? (char) b : next++;
      BYTES[SYMBOLS[b]] = (short) b;
    }
  }

  private ByteSymbols() {}

  /// The character that stands for byte `b` in the vocabulary.
  static char symbol(int b) {
    return SYMBOLS[b];
  }

  /// The bytes that a token of the vocabulary stands for; characters that stand for no byte count
  /// as themselves.
  static byte[] bytes(String token) {
    var out = new ByteArrayOutputStream(token.length());
    for (int i = 0; i < token.length(); i++) {
      char c = token.charAt(i);
      if (c >= BYTES.length || BYTES[c] < 0) {
        return token.getBytes(StandardCharsets.UTF_8);
      }
      out.write(BYTES[c]);
    }
    return out.toByteArray();
  }
}
