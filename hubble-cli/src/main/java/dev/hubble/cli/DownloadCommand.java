// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `hubble download`: brings a model from the hub into the cache. Ctrl-C loses nothing: the next
/// download goes on where this one stopped.
@Command(
    name = "hubble download",
    description = {
      "Downloads a model from the Hugging Face hub and prints its folder.",
      "What is there already is not downloaded again."
    },
    sortOptions = false,
    usageHelpAutoWidth = true,
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class)
final class DownloadCommand implements Callable<Integer> {
  private final Engine engine;
  private final Io io;

  @Parameters(
      index = "0",
      paramLabel = "M",
      description = "A name on the hub: CompVis/stable-diffusion-v1-4")
  private String model = "";

  @Mixin private final HubOptions hub = new HubOptions();

  @Option(names = "--safety", description = "The model's safety checker, too, if it has one.")
  private boolean safety;

  @Option(names = "--quiet", description = "No progress and no notes; only the path and errors.")
  private boolean quiet;

  DownloadCommand(Engine engine, Io io) {
    this.engine = engine;
    this.io = io;
  }

  @Override
  public Integer call() {
    try (var line = new DownloadLine(io, quiet)) {
      var folder = engine.download(model, hub.get(line).safetyChecker(safety));
      line.close();
      io.out().println(folder);
    }
    return ExitCode.DONE;
  }
}
