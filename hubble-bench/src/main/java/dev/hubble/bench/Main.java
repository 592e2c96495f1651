// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench;

import java.io.IOException;
import java.util.List;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/// Runs the benchmarks that JMH's command line names and prints what they measured as a table.
/// `--ladder` measures a ladder instead, `--sizes`, `--scaling` and `--peer` whole networks.
public final class Main {
  private Main() {}

  public static void main(String[] args)
      throws IOException, InterruptedException, RunnerException, CommandLineOptionException {
    if (Commands.wants(List.of(args))) {
      System.exit(Commands.inOwnJvm(args));
    }
    var options = new CommandLineOptions(args);
    if (options.shouldHelp()
        || options.shouldList()
        || options.shouldListWithParams()
        || options.shouldListProfilers()
        || options.shouldListResultFormats()) {
      org.openjdk.jmh.Main.main(args);
      return;
    }
    var measured = new OptionsBuilder().parent(options).addProfiler(Cores.class).build();
    System.out.println(Table.of(new Runner(measured).run()));
  }
}
