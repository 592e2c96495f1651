// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine;

/// From arguments to an exit code.
///
/// Anything that is not the name of a command is a prompt, so commands are told apart by the first
/// argument alone: `hubble --steps 9 tokens` draws "tokens", and `hubble generate tokens` too.
final class Cli {
  private static final String GENERATE = "generate";
  private static final String REDO = "redo";
  private static final String HELP = "help";

  private final Io io;
  private final Failure failure;
  private final Map<String, Supplier<Callable<Integer>>> commands;

  Cli(Engine engine, Io io) {
    this.io = io;
    this.failure = new Failure(io.err());
    this.commands =
        Map.of(
            GENERATE,
            () -> new GenerateCommand(engine, io),
            REDO,
            () -> new RedoCommand(io, (original, args) -> redo(engine, original, args)),
            "tokens",
            () -> new TokensCommand(engine, io),
            "info",
            () -> new InfoCommand(engine, io),
            "download",
            () -> new DownloadCommand(engine, io),
            "convert",
            () -> new ConvertCommand(engine, io),
            "doctor",
            () -> new DoctorCommand(engine, io, failure));
  }

  int run(String... args) {
    try {
      return execute(helpAsOption(args));
    } catch (Error e) {
      // picocli passes Errors on: too little memory, or a JVM without the Vector API.
      return failure.report(e);
    } finally {
      io.out().flush();
      io.err().flush();
    }
  }

  private int execute(String[] args) {
    boolean named = args.length > 0 && commands.containsKey(args[0]);
    String name = named ? args[0] : GENERATE;
    var line = line(commands.getOrDefault(name, () -> unknown(name)).get());
    return line.execute(named ? Arrays.copyOfRange(args, 1, args.length) : args);
  }

  /// Later options replace earlier ones, which come from the picture.
  private int redo(Engine engine, Original original, List<String> args) {
    return line(new GenerateCommand(engine, io, original))
        .setOverwrittenOptionsAllowed(true)
        .execute(args.toArray(String[]::new));
  }

  private CommandLine line(Callable<Integer> command) {
    var line = new CommandLine(command);
    line.addMixin("failure", failure);
    // A prompt may well start with @.
    line.setExpandAtFiles(false);
    line.setOut(io.out());
    line.setErr(io.err());
    line.setParameterExceptionHandler((e, rest) -> failure.reportUsage(e));
    line.setExecutionExceptionHandler((e, cmd, parsed) -> failure.report(e));
    return line;
  }

  /// `hubble help` and `hubble help tokens` mean what people expect; any longer text is a prompt.
  private String[] helpAsOption(String[] args) {
    if (args.length == 1 && args[0].equals(HELP)) {
      return new String[] {"--help"};
    }
    if (args.length == 2 && args[0].equals(HELP) && commands.containsKey(args[1])) {
      return new String[] {args[1], "--help"};
    }
    return args;
  }

  private static Callable<Integer> unknown(String name) {
    throw new IllegalStateException("no command " + name);
  }
}
