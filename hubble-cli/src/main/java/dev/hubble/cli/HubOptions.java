// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import dev.hubble.DownloadProgress;
import dev.hubble.HubAccess;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// How a model on the Hugging Face hub is found.
final class HubOptions {
  @Option(
      names = "--revision",
      paramLabel = "R",
      description = "For a model on the hub: a branch, tag, commit or refs/pr/1; by default main.")
  private @Nullable String revision;

  @Option(
      names = "--variant",
      paramLabel = "V",
      description = "Prefer these weights, such as fp16, where a model has several.")
  private @Nullable String variant;

  @Option(names = "--offline", description = "Never use the network.")
  private boolean offline;

  HubAccess get(DownloadProgress progress) {
    return HubAccess.DEFAULT
        .revision(revision)
        .variant(variant)
        .offline(offline)
        .progress(progress);
  }
}
