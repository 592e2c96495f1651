// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

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
      description = "A diffusers folder, a checkpoint in a single file, or mini.")
  private String model = "";

  @Parameters(index = "1", paramLabel = "OUT", description = "A new or empty folder.")
  private String out = "";

  @Option(
      names = "--dtype",
      paramLabel = "T",
      description = "f32, f16 or bf16 for all weights; by default each stays as it is.")
  private @Nullable String dtype;

  @Mixin private final SingleFileOptions singleFile = new SingleFileOptions();

  ConvertCommand(Engine engine, Io io) {
    this.engine = engine;
    this.io = io;
  }

  @Override
  public Integer call() {
    Path folder = Destination.path(out, io.folder(), "OUT");
    engine.convert(model, folder, dtype, singleFile.get());
    io.out().println(folder);
    return ExitCode.DONE;
  }
}
