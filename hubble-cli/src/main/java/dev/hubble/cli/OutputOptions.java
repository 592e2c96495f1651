// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import dev.hubble.Generated;
import dev.hubble.HubbleException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options that say what is written where.
final class OutputOptions {
  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE|DIR",
      description = "Where the PNG goes; by default a new file named after the prompt, here.")
  private @Nullable String output;

  @Option(
      names = "--report",
      paramLabel = "FILE.json",
      description = "Write device, timings, memory and seeds there.")
  private @Nullable String report;

  @Option(
      names = "--trace",
      paramLabel = "FILE.safetensors",
      description = "Write every intermediate result there.")
  private @Nullable String trace;

  @Option(
      names = "--save-latents",
      paramLabel = "FILE.safetensors",
      description = "Write what the VAE decoded there, for --init-latents.")
  private @Nullable String saveLatents;

  @Option(
      names = "--save-embeddings",
      paramLabel = "FILE.safetensors",
      description = "Write the encoded prompts there, as --prompt-embeddings reads them.")
  private @Nullable String saveEmbeddings;

  @Option(names = "--json", description = "Print that report instead of the paths of the pictures.")
  private boolean json;

  /// Files beside the pictures.
  ///
  /// @param report null for none, as the others
  record SideFiles(
      @Nullable Path report,
      @Nullable Path trace,
      @Nullable Path latents,
      @Nullable Path embeddings) {
    static final SideFiles NONE = new SideFiles(null, null, null, null);
  }

  Destination destination(Path folder) {
    return Destination.of(output, folder);
  }

  /// Where they go. Complains before anything is drawn.
  SideFiles sideFiles(Path folder) {
    return new SideFiles(
        sideFile(report, "--report", folder),
        sideFile(trace, "--trace", folder),
        sideFile(saveLatents, "--save-latents", folder),
        sideFile(saveEmbeddings, "--save-embeddings", folder));
  }

  private static @Nullable Path sideFile(@Nullable String name, String option, Path folder) {
    if (name == null) {
      return null;
    }
    Path file = Destination.path(name, folder, option);
    SafeFile.checkWritable(file);
    return file;
  }

  /// Refuses what is about a single run.
  void checkForManyRuns() {
    if (json || Stream.of(report, trace, saveEmbeddings, saveLatents).anyMatch(Objects::nonNull)) {
      throw new HubbleException.BadRequest(
          "A grid is many runs: leave out --report, --json and --trace, and --save-... too.");
    }
  }

  /// Writes the pictures, prints where they are, and writes what belongs to them.
  void write(Generated generated, Destination destination, SideFiles side, Io io) {
    List<Path> files = Pictures.write(generated, destination, json ? _ -> {} : io.out()::println);
    if (side.latents != null) {
      generated.latents().write(side.latents);
    }
    if (side.report != null) {
      Report.of(generated, files).write(side.report);
    }
    if (json) {
      io.out().println(Report.of(generated, files).toJson());
    }
  }
}
