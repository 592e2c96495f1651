// SPDX-License-Identifier: Apache-2.0
package dev.hubble.clip;

import java.text.Normalizer;

/// What happens to a text before it is cut into words: canonical composition (NFC), so that `é` is
/// one character however it was typed, and lower case.
final class Normalization {
  private Normalization() {}

  /// `text` composed and in lower case.
  static String normalize(String text) {
    if (isPlain(text)) {
      return text;
    }
    String composed =
        Normalizer.normalize(CanonicalOrder.sortLongRuns(wellFormed(text)), Normalizer.Form.NFC);
    return lowerCase(composed);
  }

  private static boolean isPlain(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= 0x80 || (c >= 'A' && c <= 'Z')) {
        return false;
      }
    }
    return true;
  }

  /// Half a surrogate pair is no character: U+FFFD takes its place, as in any UTF-8 decoder.
  private static String wellFormed(String text) {
    StringBuilder fixed = null;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!Character.isSurrogate(c)) {
        continue;
      }
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
        continue;
      }
      if (fixed == null) {
        fixed = new StringBuilder(text);
      }
      fixed.setCharAt(i, '\ufffd');
    }
    return fixed == null ? text : fixed.toString();
  }

  /// Lower case one code point at a time. [String#toLowerCase] would look at the context too: it
  /// turns a capital sigma at the end of a word into `ς`, and CLIP's vocabulary was not used so.
  private static String lowerCase(String text) {
    var out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      i += Character.charCount(c);
      if (c == 0x130) {
        out.append("i\u0307"); // the one capital whose lower case is two code points
      } else {
        out.appendCodePoint(Character.toLowerCase(c));
      }
    }
    return out.toString();
  }
}
