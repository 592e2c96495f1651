// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import dev.hubble.SingleFileHints;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// What a model in a single file does not say itself.
final class SingleFileOptions {
  @Option(
      names = "--tokenizer",
      paramLabel = "FOLDER",
      description = "For a model in a single file: where vocab.json and merges.txt are.")
  private @Nullable Path tokenizer;

  @Option(
      names = "--config",
      paramLabel = "FOLDER",
      description = "For a model in a single file: a diffusers folder with its sizes.")
  private @Nullable Path config;

  @Option(
      names = "--ema",
      description = "For a model in a single file: take the moving average of its weights.")
  private boolean ema;

  SingleFileHints get() {
    return new SingleFileHints(tokenizer, config, ema);
  }
}
