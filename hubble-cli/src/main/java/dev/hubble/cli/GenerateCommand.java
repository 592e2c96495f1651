// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import dev.hubble.Generated;
import dev.hubble.HubbleException;
import dev.hubble.Progress;
import dev.hubble.Request;
import dev.hubble.image.Parameters;
import dev.hubble.image.Png;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `hubble "PROMPT"`: draws.
@Command(
    name = "hubble",
    customSynopsis = {"hubble \"PROMPT\" [options]", "hubble COMMAND [options]"},
    description = "Draws the picture that PROMPT describes.",
    sortOptions = false,
    usageHelpAutoWidth = true,
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    footerHeading = "%nCommands (hubble COMMAND --help):%n",
    footer = {
      "  generate  draw; also for prompts that are the name of a command",
      "  tokens    show how a model reads a text",
      "  info      show what a model is, without loading it",
      "  download  bring a model from the Hugging Face hub into the cache",
      "  convert   write a model as a diffusers folder with safetensors",
      "  doctor    show what Hubble finds on this machine",
      "",
      "Exit codes: 0 done, 1 failed, 2 wrong usage, 130 cancelled"
    })
final class GenerateCommand implements Callable<Integer> {
  private final Engine engine;
  private final Io io;

  @Mixin private final RequestOptions request = new RequestOptions();

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

  @Option(names = "--quiet", description = "No progress and no notes; only paths and errors.")
  private boolean quiet;

  GenerateCommand(Engine engine, Io io) {
    this.engine = engine;
    this.io = io;
  }

  @Override
  public Integer call() {
    Destination destination = Destination.of(output, io.folder());
    Path reportFile = sideFile(report, "--report");
    Path traceFile = sideFile(trace, "--trace");
    Path latentsFile = sideFile(saveLatents, "--save-latents");
    Path embeddingsFile = sideFile(saveEmbeddings, "--save-embeddings");
    destination.check(Math.max(1, request.count()));
    Request wanted = request.toRequest(io.folder());
    // Loading can be torn apart at any time: only what follows must not.
    Engine.Session session = open();
    try (var drawing = Drawing.start(session)) {
      Generated generated = draw(session, wanted, drawing, traceFile, embeddingsFile);
      if (drawing.cancellation().isCancelled()) {
        throw new HubbleException.Cancelled();
      }
      noteTruncation(generated);
      List<Path> files = write(generated, destination);
      if (latentsFile != null) {
        generated.latents().write(latentsFile);
      }
      if (reportFile != null) {
        Report.of(generated, files).write(reportFile);
      }
    }
    return ExitCode.DONE;
  }

  private Engine.Session open() {
    try (var download = new DownloadLine(io, quiet);
        var load = new LoadLine(io, quiet)) {
      return engine.open(
          request.model(),
          request
              .options(download, io.folder())
              .progress((done, total) -> {
                download.close(); // it is over
                load.bytes(done, total);
              }));
    }
  }

  private @Nullable Path sideFile(@Nullable String name, String option) {
    if (name == null) {
      return null;
    }
    Path file = Destination.path(name, io.folder(), option);
    SafeFile.checkWritable(file);
    return file;
  }

  private Generated draw(
      Engine.Session session,
      Request wanted,
      Drawing drawing,
      @Nullable Path traceFile,
      @Nullable Path embeddings) {
    if (quiet || io.columns() == 0) {
      return session.generate(
          wanted, saving(embeddings, Progress.NONE), drawing.cancellation(), traceFile);
    }
    try (var line = new ProgressLine(io.err(), io.columns())) {
      return session.generate(wanted, saving(embeddings, line), drawing.cancellation(), traceFile);
    }
  }

  private static Progress saving(@Nullable Path embeddings, Progress next) {
    return embeddings == null ? next : new EmbeddingsFile(embeddings, next);
  }

  private void noteTruncation(Generated generated) {
    if (!quiet && !generated.tokens().truncated().isEmpty()) {
      io.err()
          .printf(
              "Note: the prompt has %d tokens and the model reads %d; left out: \"%s\"%n",
              generated.tokens().untruncated(),
              generated.tokens().ids().size(),
              generated.tokens().truncated());
    }
  }

  private List<Path> write(Generated generated, Destination destination) {
    List<Generated.Picture> pictures = generated.pictures();
    var files = new ArrayList<Path>();
    for (int i = 1; i <= pictures.size(); i++) {
      Generated.Picture picture = pictures.get(i - 1);
      String recipe = Parameters.format(generated, picture, VersionProvider.version());
      Path file =
          destination.write(
              picture.prompt(),
              picture.seed(),
              i,
              pictures.size(),
              out -> Png.write(picture.image(), Map.of(Parameters.KEYWORD, recipe), out));
      files.add(file);
      io.out().println(file);
    }
    return files;
  }
}
