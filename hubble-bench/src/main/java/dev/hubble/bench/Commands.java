// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench;

import dev.hubble.kernels.DeviceException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;

/// The commands that run whole networks without JMH: calls of seconds to minutes need no statistics
/// of iterations, but a JVM with the flags of [Settings] and all the memory there is.
final class Commands {
  private static final List<String> NAMES =
      List.of("--ladder", "--sizes", "--scaling", "--roof", "--peer");

  private Commands() {}

  /// Whether the arguments ask for one of these commands.
  static boolean wants(List<String> args) {
    return args.stream().anyMatch(NAMES::contains);
  }

  /// Runs the command in a JVM of its own and returns its exit code.
  static int inOwnJvm(String[] args) throws IOException, InterruptedException {
    var command = new ArrayList<String>();
    command.add(System.getProperty("java.home") + "/bin/java");
    Arrays.stream(Settings.class.getAnnotation(Fork.class).jvmArgsAppend())
        .filter(flag -> !flag.startsWith("-Xmx"))
        .forEach(command::add);
    command.add("-XX:MaxRAMPercentage=80");
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(Commands.class.getName());
    command.addAll(List.of(args));
    return new ProcessBuilder(command).inheritIO().start().waitFor();
  }

  /// Runs one of the commands here.
  public static void main(String[] args)
      throws IOException, RunnerException, CommandLineOptionException, NoSuchFieldException {
    try {
      run(List.of(args));
    } catch (IllegalArgumentException | IllegalStateException | DeviceException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }

  private static void run(List<String> all)
      throws IOException, RunnerException, CommandLineOptionException, NoSuchFieldException {
    var args = new Arguments(all);
    if (all.contains("--ladder") && GpuLadderCommand.wants(all)) {
      new GpuLadderCommand(args).run();
    } else if (all.contains("--ladder")) {
      new LadderCommand(args).run();
    } else if (all.contains("--sizes")) {
      new SizesCommand(args).run();
    } else if (args.flag("--scaling")) {
      new ScalingCommand(args).run();
    } else if (args.flag("--roof")) {
      new RoofCommand(args).run();
    } else {
      new PeerCommand(args).run();
    }
  }
}
