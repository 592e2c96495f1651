// SPDX-License-Identifier: Apache-2.0
package dev.hubble.clip;

import java.util.List;
import java.util.function.Consumer;

/// Cuts a normalised text into words: runs of letters, single digits, runs of everything else that
/// is not white space, and English contractions.
///
/// The meaning is that of CLIP's regular expression
///
/// ```
/// <|startoftext|> | <|endoftext|> | 's|'t|'re|'ve|'m|'ll|'d | \p{L}+ | \p{N} | [^\s\p{L}\p{N}]+
/// ```
///
/// Combining marks, emoji and `_` are in the last class. White space is Unicode's, which
/// [Character#isWhitespace] is not: it leaves out the no-break space.
final class WordSplitter {
  private static final List<String> CONTRACTIONS =
      List.of("'s", "'t", "'re", "'ve", "'m", "'ll", "'d");
  private static final List<String> MARKERS = List.of("<|startoftext|>", "<|endoftext|>");

  private enum Kind {
    SPACE,
    LETTER,
    DIGIT,
    OTHER
  }

  private WordSplitter() {}

  /// Hands the words of `text` to `word`, in order.
  static void split(String text, Consumer<String> word) {
    int i = 0;
    while (i < text.length()) {
      int contraction = prefix(text, i, CONTRACTIONS);
      int marker = prefix(text, i, MARKERS);
      int end;
      if (contraction > 0) {
        end = i + contraction;
        word.accept(text.substring(i, end));
      } else if (marker > 0) {
        // Typed in capitals, it is not the special token; but it is cut out, and in three.
        end = i + marker;
        word.accept(text.substring(i, i + 2));
        word.accept(text.substring(i + 2, end - 2));
        word.accept(text.substring(end - 2, end));
      } else {
        int c = text.codePointAt(i);
        Kind kind = kind(c);
        end = i + Character.charCount(c);
        if (kind == Kind.LETTER || kind == Kind.OTHER) {
          end = endOfRun(text, end, kind);
        }
        if (kind != Kind.SPACE) {
          word.accept(text.substring(i, end));
        }
      }
      i = end;
    }
  }

  private static int endOfRun(String text, int i, Kind kind) {
    while (i < text.length()) {
      int c = text.codePointAt(i);
      if (kind(c) != kind) {
        break;
      }
      i += Character.charCount(c);
    }
    return i;
  }

  /// The length of the one of `prefixes` with which `text` goes on at `i`, or 0.
  private static int prefix(String text, int i, List<String> prefixes) {
    for (String s : prefixes) {
      if (text.startsWith(s, i)) {
        return s.length();
      }
    }
    return 0;
  }

  private static Kind kind(int c) {
    if (isWhiteSpace(c)) {
      return Kind.SPACE;
    }
    return switch (Character.getType(c)) {
      case Character.UPPERCASE_LETTER,
          Character.LOWERCASE_LETTER,
          Character.TITLECASE_LETTER,
          Character.MODIFIER_LETTER,
          Character.OTHER_LETTER ->
          Kind.LETTER;
      case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER ->
          Kind.DIGIT;
      default -> Kind.OTHER;
    };
  }

  /// Unicode's property White_Space.
  private static boolean isWhiteSpace(int c) {
    return (c >= 0x09 && c <= 0x0d) || c == 0x85 || Character.isSpaceChar(c);
  }
}
