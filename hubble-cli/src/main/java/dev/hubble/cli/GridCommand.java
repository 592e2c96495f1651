// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import dev.hubble.Generated;
import dev.hubble.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import picocli.CommandLine;

/// What a command line with `--grid` does: it draws many pictures with one model.
///
/// @param plan what the grid asks for
/// @param options how it was asked for
/// @param requests one per cell
record GridCommand(GridPlan plan, GridOptions options, GridRun requests) {
  /// Reads the request of every cell.
  ///
  /// @param args the whole command line; each cell has its own options in place of some
  static GridCommand of(GridPlan plan, GridOptions options, List<String> args, Io io) {
    GridSheet.checkFonts();
    return new GridCommand(
        plan, options, GridRun.of(plan, options.text(), cell -> request(args, cell, io)));
  }

  private static Request request(List<String> args, List<String> cell, Io io) {
    var all = new ArrayList<>(args);
    int end = all.indexOf("--");
    all.addAll(end < 0 ? all.size() : end, cell);
    var other = new Reading();
    var line = new CommandLine(other).setOverwrittenOptionsAllowed(true).setExpandAtFiles(false);
    line.addMixin("failure", new Failure(io.err()));
    line.parseArgs(all.toArray(String[]::new));
    return other.request.toRequest(io.folder());
  }

  /// A command line that is read and not run.
  @SuppressWarnings("UnusedVariable") // picocli fills them
  @CommandLine.Command(mixinStandardHelpOptions = true)
  private static final class Reading {
    @CommandLine.Mixin private final RequestOptions request = new RequestOptions();
    @CommandLine.Mixin private final OutputOptions output = new OutputOptions();
    @CommandLine.Mixin private final GridOptions grid = new GridOptions();
    @CommandLine.Mixin private final FollowOptions follow = new FollowOptions();
  }

  /// Draws all pictures and the sheet.
  ///
  /// @param open opens the model
  /// @param draw draws one picture
  void run(
      Destination destination,
      Supplier<Engine.Session> open,
      Function<Drawing, Function<Request, Generated>> draw,
      Io io) {
    int count = requests.requests().size();
    destination.check(options.keep() ? Math.max(2, count) : 1);
    try (var drawing = Drawing.start(open.get())) {
      requests.run(
          wanted -> {
            var generated = draw.apply(drawing).apply(wanted);
            drawing.cancellation().throwIfCancelled();
            return generated;
          },
          (generated, i) -> {
            if (options.keep()) {
              io.out().println(Pictures.write(generated, 1, destination, i, Math.max(2, count)));
            }
          },
          destination,
          io.out()::println);
    }
  }
}
