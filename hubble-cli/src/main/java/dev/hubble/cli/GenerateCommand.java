// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import dev.hubble.Additions;
import dev.hubble.Generated;
import dev.hubble.HubbleException;
import dev.hubble.Progress;
import dev.hubble.Request;
import dev.hubble.RunOptions;
import dev.hubble.Safety;
import dev.hubble.SafetyReport;
import dev.hubble.image.Png;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

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
      "  redo      draw a picture again from the recipe in it",
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
  private final @Nullable Original original;

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

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

  @Option(names = "--json", description = "Print that report instead of the paths of the pictures.")
  private boolean json;

  @Mixin private final GridOptions grid = new GridOptions();

  @Mixin private final FollowOptions follow = new FollowOptions();

  GenerateCommand(Engine engine, Io io) {
    this(engine, io, null);
  }

  /// @param original the picture that is drawn again; null for a new one
  GenerateCommand(Engine engine, Io io, @Nullable Original original) {
    this.engine = engine;
    this.io = io;
    this.original = original;
  }

  @Override
  public Integer call() {
    Destination destination = Destination.of(output, io.folder());
    Path reportFile = sideFile(report, "--report");
    Path traceFile = sideFile(trace, "--trace");
    Path latentsFile = sideFile(saveLatents, "--save-latents");
    Path embeddingsFile = sideFile(saveEmbeddings, "--save-embeddings");
    destination.check(Math.max(1, request.count()));
    follow.check(io.folder());
    GridPlan plan = grid.plan();
    if (plan != null) {
      return drawGrid(plan, destination);
    }
    Request wanted = request.toRequest(io.folder());
    var before = original == null ? null : original.read();
    if (original != null && !follow.quiet()) {
      original.noteUnknown(io.err());
    }
    // Loading can be torn apart at any time: only what follows must not.
    Engine.Session session = open();
    try (var drawing = Drawing.start(session)) {
      Generated generated = draw(session, wanted, drawing, traceFile, embeddingsFile);
      if (drawing.cancellation().isCancelled()) {
        throw new HubbleException.Cancelled();
      }
      noteTruncation(generated);
      noteSafety(generated.safety());
      if (generated.pictures().isEmpty()) {
        throw new HubbleException.Blocked(generated.safety().blocked());
      }
      List<Path> files = write(generated, destination);
      if (latentsFile != null) {
        generated.latents().write(latentsFile);
      }
      if (reportFile != null) {
        Report.of(generated, files).write(reportFile);
      }
      if (json) {
        io.out().println(Report.of(generated, files).toJson());
      }
      if (original != null && !follow.quiet()) {
        original.compare(wanted, generated, before, io.err());
      }
    }
    return ExitCode.DONE;
  }

  private Integer drawGrid(GridPlan plan, Destination destination) {
    if (Stream.of(report, trace, saveEmbeddings, saveLatents).anyMatch(Objects::nonNull) || json) {
      throw new HubbleException.BadRequest(
          "A grid is many runs: leave out --report, --json and --trace, and --save-... too.");
    }
    GridSheet.checkFonts();
    var run = GridRun.of(plan, grid.text(), this::requestWith);
    int count = run.requests().size();
    destination.check(grid.keep() ? Math.max(2, count) : 1);
    Engine.Session session = open();
    try (var drawing = Drawing.start(session)) {
      run.run(
          wanted -> {
            var generated = draw(session, wanted, drawing, null, null);
            drawing.cancellation().throwIfCancelled();
            return generated;
          },
          (generated, i) -> {
            if (grid.keep()) {
              io.out().println(write(generated, 1, destination, i, Math.max(2, count)));
            }
          },
          destination,
          io.out()::println);
    }
    return ExitCode.DONE;
  }

  /// What this command line asks for with these options in place of its own.
  private Request requestWith(List<String> options) {
    var args = new ArrayList<>(spec.commandLine().getParseResult().originalArgs());
    int end = args.indexOf("--");
    args.addAll(end < 0 ? args.size() : end, options);
    var other = new GenerateCommand(engine, io);
    var line = new CommandLine(other).setOverwrittenOptionsAllowed(true).setExpandAtFiles(false);
    line.addMixin("failure", new Failure(io.err()));
    line.parseArgs(args.toArray(String[]::new));
    return other.request.toRequest(io.folder());
  }

  private Engine.Session open() {
    try (var download = new DownloadLine(io, follow.quiet());
        var load = new LoadLine(io, follow.quiet())) {
      return engine.open(
          request.model(),
          request
              .options(
                  download, io.folder(), original == null ? Additions.NONE : original.additions())
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
    if (follow.quiet() || io.columns() == 0) {
      return session.generate(
          wanted, options(drawing, saving(embeddings, Progress.NONE)), traceFile);
    }
    try (var line = new ProgressLine(io.err(), io.columns())) {
      return session.generate(wanted, options(drawing, saving(embeddings, line)), traceFile);
    }
  }

  private RunOptions options(Drawing drawing, Progress listener) {
    return follow.get(io.folder(), listener, drawing.cancellation());
  }

  private static Progress saving(@Nullable Path embeddings, Progress next) {
    return embeddings == null ? next : new EmbeddingsFile(embeddings, next);
  }

  /// Said even with `--quiet`: nobody may wonder where a picture is.
  private void noteSafety(SafetyReport safety) {
    if (safety.flagged() > 0) {
      io.err()
          .printf(
              "Note: the safety checker found something in %d of %d pictures%s.%n",
              safety.flagged(),
              safety.verdicts().size(),
              safety.mode() == Safety.BLOCK ? ", which are left out" : "; they are there");
    }
  }

  private void noteTruncation(Generated generated) {
    if (!follow.quiet() && !generated.tokens().truncated().isEmpty()) {
      io.err()
          .printf(
              "Note: the prompt has %d tokens and the model reads %d; left out: \"%s\"%n",
              generated.tokens().untruncated(),
              generated.tokens().ids().size(),
              generated.tokens().truncated());
    }
  }

  private List<Path> write(Generated generated, Destination destination) {
    int count = generated.pictures().size();
    var files = new ArrayList<Path>();
    for (int i = 1; i <= count; i++) {
      Path file = write(generated, i, destination, i, count);
      files.add(file);
      if (!json) {
        io.out().println(file);
      }
    }
    return files;
  }

  /// Writes picture `which` (from 1) of a result as picture `index` of `count`.
  private static Path write(
      Generated generated, int which, Destination destination, int index, int count) {
    Generated.Picture picture = generated.pictures().get(which - 1);
    return destination.write(
        picture.prompt(),
        picture.seed(),
        index,
        count,
        out -> Png.write(generated, picture, VersionProvider.version(), out));
  }
}
