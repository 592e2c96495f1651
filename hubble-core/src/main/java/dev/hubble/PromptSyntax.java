// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/// How a prompt is read: which marks weigh its words, and what becomes of a prompt that is longer
/// than the 77 tokens that the text encoder takes.
public enum PromptSyntax {
  /// Plain text, as in diffusers' pipelines: no marks, and what does not fit is cut off and
  /// reported by [Tokens#truncated].
  DIFFUSERS,

  /// AUTOMATIC1111's web UI: `(word:1.2)`, `((word))` for 1.21, `[word]` for 1/1.1, `\(` for a
  /// bracket, `BREAK`. Text of any length, in chunks of 75 tokens. Weights multiply the encoded
  /// tokens, and each chunk is then rescaled to the mean that it had. As there, [Request#clipSkip]
  /// holds for the negative prompt too.
  A1111,

  /// The library compel: `(word)1.2`, `word++` for 1.21, `word-` for 0.9, `(some words)-`. Text of
  /// any length, in chunks of 75 tokens. A weight above 1 moves a token away from the empty prompt,
  /// one below 1 also towards the prompt without the words.
  COMPEL;

  /// The syntax of that name, in any case: `a1111`.
  ///
  /// @throws HubbleException.BadRequest if there is none
  public static PromptSyntax of(String name) {
    for (var syntax : values()) {
      if (syntax.toString().equalsIgnoreCase(name)) {
        return syntax;
      }
    }
    throw new HubbleException.BadRequest(
        "There is no prompt syntax %s: choose one of %s."
            .formatted(
                name,
                Arrays.stream(values())
                    .map(PromptSyntax::toString)
                    .collect(Collectors.joining(", "))));
  }

  /// As on the command line: `diffusers`.
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
