// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import java.text.Normalizer;
import java.util.Locale;

/// A file name from a prompt: `A blue, spiral galaxy!` becomes `a-blue-spiral-galaxy`.
final class Slug {
  /// Short enough for every file system, with room for seed and suffix.
  private static final int MAX = 60;

  private Slug() {}

  /// Lower-case ASCII letters, digits and single hyphens: a name that works in every shell, locale
  /// and file system.
  static String of(String prompt) {
    String words =
        Normalizer.normalize(prompt, Normalizer.Form.NFKD)
            .replaceAll("\\p{M}+", "")
            .toLowerCase(Locale.ROOT)
            .replaceAll("[^a-z0-9]+", "-")
            .replaceAll("^-|-$", "");
    if (words.isEmpty()) {
      return "picture";
    }
    if (words.length() <= MAX) {
      return words;
    }
    int wordEnd = words.lastIndexOf('-', MAX);
    return words.substring(0, wordEnd > 0 ? wordEnd : MAX);
  }
}
