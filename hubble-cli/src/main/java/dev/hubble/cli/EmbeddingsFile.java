// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import dev.hubble.Progress;
import dev.hubble.PromptEmbeddings;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/// Writes the encoded prompts of a run to a file, once they are there, and passes everything on.
///
/// @param next who else listens
record EmbeddingsFile(Path file, Progress next) implements Progress {
  @Override
  public void on(Event event) {
    if (event instanceof Event.Started started) {
      float[] both = started.text().values();
      int tokens = started.text().shape().get(1);
      int width = started.text().shape().get(2);
      int half = both.length / 2;
      PromptEmbeddings.write(
          file,
          Map.of(
              PromptEmbeddings.NEGATIVE,
              PromptEmbeddings.of(Arrays.copyOf(both, half), tokens, width),
              PromptEmbeddings.PROMPT,
              PromptEmbeddings.of(Arrays.copyOfRange(both, half, 2 * half), tokens, width)));
    }
    next.on(event);
  }
}
