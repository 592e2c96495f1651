// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import dev.hubble.HubbleException;
import java.io.PrintWriter;
import java.util.Objects;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/// What went wrong: one sentence on stderr, and an exit code. The stack trace is for `--debug`.
final class Failure {
  private final PrintWriter err;
  private boolean debug;

  Failure(PrintWriter err) {
    this.err = err;
  }

  @Option(names = "--debug", description = "Show the stack trace of an error.")
  void debug(boolean on) {
    debug = on;
  }

  int report(Throwable problem) {
    err.println(sentence(problem));
    if (debug) {
      problem.printStackTrace(err);
    }
    return switch (problem) {
      case HubbleException.BadRequest _ -> ExitCode.WRONG_USAGE;
      case HubbleException.Cancelled _ -> ExitCode.CANCELLED;
      default -> ExitCode.FAILED;
    };
  }

  int reportUsage(ParameterException problem) {
    var command = problem.getCommandLine().getCommandSpec();
    err.println(usageSentence(problem));
    err.println("'" + command.qualifiedName() + " --help' shows what there is.");
    return ExitCode.WRONG_USAGE;
  }

  private static String usageSentence(ParameterException problem) {
    boolean drawing = problem.getCommandLine().getCommand() instanceof GenerateCommand;
    if (drawing
        && problem instanceof MissingParameterException missing
        && missing.getMissing().stream().anyMatch(arg -> arg.isPositional())) {
      return "What to draw is missing: hubble \"a blue spiral galaxy\"";
    }
    if (drawing
        && problem instanceof UnmatchedArgumentException unmatched
        && unmatched.getUnmatched().stream().noneMatch(arg -> arg.startsWith("-"))) {
      return "A prompt of several words needs quotes: hubble \"a blue spiral galaxy\"";
    }
    return Objects.requireNonNullElse(problem.getMessage(), "Wrong usage.");
  }

  private static String sentence(Throwable problem) {
    return switch (problem) {
      case HubbleException.Cancelled _ -> "Cancelled.";
      case HubbleException e when e.getMessage() != null -> e.getMessage();
      case OutOfMemoryError _ ->
          "Out of memory: Java may use %,d MiB here. Draw a smaller picture or fewer at once, or allow more: HUBBLE_JAVA_OPTS=-Xmx8g"
              .formatted(Runtime.getRuntime().maxMemory() >> 20);
      default -> "Hubble failed: " + problem + " (--debug shows where)";
    };
  }
}
