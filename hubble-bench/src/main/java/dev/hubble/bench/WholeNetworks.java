// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.openjdk.jmh.annotations.Fork;

/// The commands that run whole networks without JMH: calls of seconds to minutes need no statistics
/// of iterations, but a JVM with the flags of [Settings] and all the memory there is.
final class WholeNetworks {
  private static final List<String> NAMES = List.of("--sizes", "--scaling", "--peer");

  private WholeNetworks() {}

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
    command.add(WholeNetworks.class.getName());
    command.addAll(List.of(args));
    return new ProcessBuilder(command).inheritIO().start().waitFor();
  }

  /// Runs one of the commands here.
  public static void main(String[] args) throws IOException, InterruptedException {
    try {
      run(List.of(args));
    } catch (IllegalArgumentException | IllegalStateException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }

  private static void run(List<String> all) throws IOException, InterruptedException {
    var args = new Arguments(all);
    if (all.contains("--sizes")) {
      new SizesCommand(args).run();
    } else if (args.flag("--scaling")) {
      new ScalingCommand(args).run();
    } else {
      new PeerCommand(args).run();
    }
  }
}
