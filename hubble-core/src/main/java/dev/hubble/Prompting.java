// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// How a request's texts become what the UNet gets. Immutable.
///
/// @param syntax how they are read
/// @param prompt what to use in place of the encoded prompt, which then is a label only; null to
///   encode it
/// @param negative the same for the negative prompt
public record Prompting(
    PromptSyntax syntax, @Nullable PromptEmbeddings prompt, @Nullable PromptEmbeddings negative) {
  /// Plain text.
  public static final Prompting DEFAULT = new Prompting(PromptSyntax.DIFFUSERS, null, null);

  public Prompting {
    Objects.requireNonNull(syntax, "syntax");
  }

  /// The same with another syntax.
  public Prompting syntax(PromptSyntax other) {
    return new Prompting(other, prompt, negative);
  }

  /// The same with embeddings in place of the prompt.
  public Prompting prompt(@Nullable PromptEmbeddings other) {
    return new Prompting(syntax, other, negative);
  }

  /// The same with embeddings in place of the negative prompt.
  public Prompting negative(@Nullable PromptEmbeddings other) {
    return new Prompting(syntax, prompt, other);
  }
}
