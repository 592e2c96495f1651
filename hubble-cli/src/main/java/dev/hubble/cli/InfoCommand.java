// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import static java.util.stream.Collectors.joining;

import dev.hubble.LoadOptions;
import dev.hubble.ModelInfo;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `hubble info`: what a model is.
@Command(
    name = "hubble info",
    description = "Shows what a model is, without loading it.",
    sortOptions = false,
    usageHelpAutoWidth = true,
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class)
final class InfoCommand implements Callable<Integer> {
  private final Engine engine;
  private final Io io;

  @Parameters(
      index = "0",
      paramLabel = "M",
      description = "A folder, a single file, a name on the hub, or mini.")
  private String model = "";

  @Mixin private final SingleFileOptions singleFile = new SingleFileOptions();

  @Mixin private final HubOptions hub = new HubOptions();

  InfoCommand(Engine engine, Io io) {
    this.engine = engine;
    this.io = io;
  }

  @Override
  public Integer call() {
    ModelInfo info = read();
    io.out().println("model      " + info.name());
    io.out().println("hash       " + info.hash());
    io.out().println("scheduler  " + info.scheduler());
    io.out().println("size       " + info.width() + "x" + info.height());
    info.components().forEach(this::show);
    return ExitCode.DONE;
  }

  private ModelInfo read() {
    try (var line = new DownloadLine(io, /* quiet= */ false)) {
      var options = LoadOptions.DEFAULT.singleFile(singleFile.get()).hub(hub.get(line));
      return engine.info(model, options);
    }
  }

  private void show(ModelInfo.Component c) {
    io.out().println();
    io.out().println(c.name() + "  " + c.className());
    if (c.tensors() > 0) {
      io.out().println("  file        " + c.file());
      io.out().println("  tensors     " + c.tensors() + " (" + dtypes(c.dtypes()) + ")");
      io.out().printf(Locale.ROOT, "  parameters  %,d%n", c.parameters());
      io.out().println("  weights     " + Bytes.format(c.bytes()));
    }
  }

  private static String dtypes(Map<String, Integer> dtypes) {
    return dtypes.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .map(e -> e.getValue() + " " + e.getKey())
        .collect(joining(", "));
  }
}
