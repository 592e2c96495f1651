// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// What a model in a single file (`.ckpt`, `.safetensors`) does not say itself. Immutable.
///
/// @param tokenizer a folder with `vocab.json` and `merges.txt`, or `tokenizer.json`; null for the
///   one below `config`, or else CLIP's from the hub's cache or from the hub
/// @param config a diffusers folder, which needs no weights, for a model of other sizes than Stable
///   Diffusion v1.4; null for these
/// @param ema whether to take the moving average of the weights where the file has both
public record SingleFileHints(@Nullable Path tokenizer, @Nullable Path config, boolean ema) {
  /// The sizes of v1.4 and the weights themselves.
  public static final SingleFileHints DEFAULT = new SingleFileHints(null, null, false);

  /// The same with another tokenizer.
  public SingleFileHints tokenizer(@Nullable Path other) {
    return new SingleFileHints(other, config, ema);
  }

  /// The same with another configuration.
  public SingleFileHints config(@Nullable Path other) {
    return new SingleFileHints(tokenizer, other, ema);
  }

  /// The same with or without the moving average.
  public SingleFileHints ema(boolean other) {
    return new SingleFileHints(tokenizer, config, other);
  }
}
