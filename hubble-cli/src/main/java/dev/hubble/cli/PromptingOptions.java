// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import dev.hubble.HubbleException;
import dev.hubble.PromptEmbeddings;
import dev.hubble.PromptSyntax;
import dev.hubble.Prompting;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options that say how prompts are read, and what replaces them.
final class PromptingOptions {
  @Option(
      names = "--prompt-syntax",
      paramLabel = "NAME",
      description = {
        "diffusers (default): plain text; a1111: (word:1.2), [word], BREAK;",
        "compel: (word)1.2, word++. The latter two take texts of any length."
      })
  private String syntax = "diffusers";

  @Option(
      names = "--prompt-embeddings",
      paramLabel = "FILE",
      description = {
        "Use prompt_embeds and negative_prompt_embeds of this safetensors",
        "file in place of the encoded prompts."
      })
  private @Nullable String embeddings;

  PromptSyntax syntax() {
    return PromptSyntax.of(syntax);
  }

  /// @param folder the folder that relative names start from
  Prompting get(Path folder) {
    var prompting = Prompting.DEFAULT.syntax(syntax());
    if (embeddings == null) {
      return prompting;
    }
    Path file = Destination.path(embeddings, folder, "--prompt-embeddings");
    Map<String, PromptEmbeddings> found = PromptEmbeddings.read(file);
    PromptEmbeddings prompt = found.get(PromptEmbeddings.PROMPT);
    PromptEmbeddings negative = found.get(PromptEmbeddings.NEGATIVE);
    if (prompt == null && negative == null) {
      throw new HubbleException.BadRequest(
          "%s holds neither %s nor %s, but %s."
              .formatted(
                  file,
                  PromptEmbeddings.PROMPT,
                  PromptEmbeddings.NEGATIVE,
                  found.isEmpty() ? "nothing" : String.join(", ", found.keySet())));
    }
    return prompting.prompt(prompt).negative(negative);
  }
}
