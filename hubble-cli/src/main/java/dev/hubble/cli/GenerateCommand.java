// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import dev.hubble.Additions;
import dev.hubble.Generated;
import dev.hubble.HubbleException;
import dev.hubble.Progress;
import dev.hubble.Request;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
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

  @Mixin private final OutputOptions output = new OutputOptions();

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
    Destination destination = output.destination(io.folder());
    var side = output.sideFiles(io.folder());
    destination.check(Math.max(1, request.count()));
    follow.check(io.folder());
    GridPlan plan = grid.plan();
    if (plan != null) {
      output.checkForManyRuns();
      GridCommand.of(plan, grid, spec.commandLine().getParseResult().originalArgs(), io)
          .run(destination, this::open, drawing -> wanted -> draw(drawing, wanted, side), io);
      return ExitCode.DONE;
    }
    Request wanted = request.toRequest(io.folder());
    var before = original == null ? null : original.read();
    if (original != null && !follow.quiet()) {
      original.noteUnknown(io.err());
    }
    // Loading can be torn apart at any time: only what follows must not.
    try (var drawing = Drawing.start(open())) {
      Generated generated = draw(drawing, wanted, side);
      drawing.cancellation().throwIfCancelled();
      if (!follow.quiet()) {
        Notes.truncation(generated, io.err());
      }
      Notes.safety(generated, io.err());
      if (generated.pictures().isEmpty()) {
        throw new HubbleException.Blocked(generated.safety().blocked());
      }
      output.write(generated, destination, side, io);
      if (original != null && !follow.quiet()) {
        original.compare(wanted, generated, before, io.err());
      }
    }
    return ExitCode.DONE;
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

  private Generated draw(Drawing drawing, Request wanted, OutputOptions.SideFiles side) {
    if (follow.quiet() || io.columns() == 0) {
      return draw(drawing, wanted, side, Progress.NONE);
    }
    try (var line = new ProgressLine(io.err(), io.columns())) {
      return draw(drawing, wanted, side, line);
    }
  }

  private Generated draw(
      Drawing drawing, Request wanted, OutputOptions.SideFiles side, Progress listener) {
    var embeddings = side.embeddings();
    var hears = embeddings == null ? listener : new EmbeddingsFile(embeddings, listener);
    var options = follow.get(io.folder(), hears, drawing.cancellation());
    return drawing.session().generate(wanted, options, side.trace());
  }
}
