// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

/// Reads texts as a model does.
@FunctionalInterface
public interface Tokenizing {
  /// The text's tokens, where it is read with the marks of `syntax`.
  ///
  /// @throws HubbleException.BadRequest if the marks ask for something that cannot be done
  Tokens encode(String text, PromptSyntax syntax);

  /// The tokens of plain text.
  default Tokens encode(String text) {
    return encode(text, PromptSyntax.DIFFUSERS);
  }
}
