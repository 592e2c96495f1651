// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import dev.hubble.LoadOptions;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `hubble convert`: a model of any form as a diffusers folder with safetensors.
@Command(
    name = "hubble convert",
    description = "Writes a model as a diffusers folder with safetensors.",
    sortOptions = false,
    usageHelpAutoWidth = true,
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class)
final class ConvertCommand implements Callable<Integer> {
  private final Engine engine;
  private final Io io;

  @Parameters(
      index = "0",
      paramLabel = "M",
      description = "A folder, a single file, a name on the hub, or mini.")
  private String model = "";

  @Parameters(index = "1", paramLabel = "OUT", description = "A new or empty folder.")
  private String out = "";

  @Option(
      names = "--dtype",
      paramLabel = "T",
      description = "f32, f16 or bf16 for all weights; by default each stays as it is.")
  private @Nullable String dtype;

  @Mixin private final SingleFileOptions singleFile = new SingleFileOptions();

  @Mixin private final HubOptions hub = new HubOptions();

  ConvertCommand(Engine engine, Io io) {
    this.engine = engine;
    this.io = io;
  }

  @Override
  public Integer call() {
    Path folder = Destination.path(out, io.folder(), "OUT");
    try (var line = new DownloadLine(io, /* quiet= */ false)) {
      var options = LoadOptions.DEFAULT.singleFile(singleFile.get()).hub(hub.get(line));
      engine.convert(model, folder, dtype, options);
    }
    io.out().println(folder);
    return ExitCode.DONE;
  }
}
