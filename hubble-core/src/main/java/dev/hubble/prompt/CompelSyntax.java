// SPDX-License-Identifier: Apache-2.0
package dev.hubble.prompt;

import dev.hubble.prompt.Part.Text;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// The marks of the library compel.
///
/// | mark | weight |
/// |---|---|
/// | `word+`, `(some words)++` | times 1.1 for each plus |
/// | `word-`, `"some words"--` | times 0.9 for each minus |
/// | `(some words)1.3`, `(some words).attend(1.3)` | times 1.3; brackets nest |
/// | `\(` `\)` `\"` `\+` ... | the character itself |
///
/// Every text is a prompt: what does not parse is read as words, as there. Words of one weight
/// become one part, with a blank between. Unlike there, a backslash before `,`, `.`, `+`, `-`, `=`
/// and `\` is dropped as well, and brackets beyond a depth of 64 are characters.
public final class CompelSyntax {
  private static final Pattern SPECIAL = Pattern.compile("[\\\\()\",.+=-]");

  private CompelSyntax() {}

  /// Takes a prompt apart. Never fails.
  public static List<Part> parse(String prompt) {
    var parts = new ArrayList<Part>();
    var text = new StringBuilder();
    double weight = 1;
    for (var word : new CompelReader(prompt).words()) {
      if (!text.isEmpty() && word.weight() != weight) {
        parts.add(new Text(text.toString(), weight));
        text.setLength(0);
      }
      weight = word.weight();
      text.append(text.isEmpty() ? "" : " ").append(word.text());
    }
    if (!text.isEmpty()) {
      parts.add(new Text(text.toString(), weight));
    }
    return List.copyOf(parts);
  }

  /// Writes a prompt that [#parse] reads as `parts`, which hold no breaks and no negative weights:
  /// compel has none.
  public static String print(List<Part> parts) {
    var prompt = new StringBuilder();
    for (var part : parts) {
      if (!(part instanceof Text text) || text.weight() < 0) {
        throw new IllegalArgumentException("compel cannot say " + part);
      }
      prompt.append(prompt.isEmpty() ? "" : " ");
      String words = SPECIAL.matcher(text.text()).replaceAll("\\\\$0");
      if (text.weight() == 1) {
        prompt.append(words);
      } else {
        String number = BigDecimal.valueOf(text.weight()).toPlainString();
        prompt.append('(').append(words).append(')').append(number);
      }
    }
    return prompt.toString();
  }
}
