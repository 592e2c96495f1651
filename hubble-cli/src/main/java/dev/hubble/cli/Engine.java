// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import dev.hubble.Generated;
import dev.hubble.HubAccess;
import dev.hubble.LoadOptions;
import dev.hubble.ModelInfo;
import dev.hubble.Request;
import dev.hubble.RunOptions;
import dev.hubble.Tokenizing;
import dev.hubble.kernels.Backends;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the commands need of the library, so that they can be tested without it.
interface Engine {
  /// Loads a model for drawing.
  Session open(String model, LoadOptions options);

  /// What a model is, without loading it.
  ModelInfo info(String model, LoadOptions options);

  /// Writes a model as a diffusers folder.
  ///
  /// @param dtype of all weights, or null to leave each as it is
  void convert(String model, Path out, @Nullable String dtype, LoadOptions options);

  /// Brings a model from the hub into the cache.
  Path download(String model, HubAccess hub);

  /// Where models from the hub are kept.
  Path cache();

  /// How a model reads texts. `model` may also be a folder that holds `vocab.json` itself.
  Tokenizing tokenizer(String model, LoadOptions options);

  /// The devices of this machine, the fastest first.
  List<Backends.Report> devices();

  /// How fast the processor's kernels are here, in a line.
  String speed();

  /// A loaded model.
  interface Session extends AutoCloseable {
    /// Draws.
    ///
    /// @param trace where to write what is computed on the way, if anywhere
    Generated generate(Request request, RunOptions options, @Nullable Path trace);

    @Override
    void close();
  }
}
