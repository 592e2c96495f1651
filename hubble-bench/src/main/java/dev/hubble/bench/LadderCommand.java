// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench;

import dev.hubble.bench.ladder.Ladder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Locale;
import java.util.stream.IntStream;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/// `--ladder NAME [--shape SIZES] [--write] [JMH's options]`: measures the rungs of a ladder, and
/// the machine's roof in the same run, and prints the table; `--write` also puts it into the
/// ladder's page in `docs/ladders`, seen from the working directory.
final class LadderCommand {
  private final Ladder<?> ladder;
  private final String shape;
  private final boolean write;
  private final CommandLineOptions jmh;

  LadderCommand(Arguments args) throws CommandLineOptionException {
    ladder = Ladder.of(args.value("--ladder", ""));
    shape = args.value("--shape", ladder.shape());
    write = args.flag("--write");
    jmh = new CommandLineOptions(args.rest());
  }

  void run() throws RunnerException, IOException {
    double one = peak(1);
    int cores = Runtime.getRuntime().availableProcessors();
    double all = cores == 1 ? one : peak(cores);
    var rungs = IntStream.rangeClosed(1, ladder.rungs().size()).mapToObj(String::valueOf);
    var options =
        new OptionsBuilder()
            .parent(jmh)
            .include(Rungs.class.getName() + ".solve")
            .param("ladder", ladder.name())
            .param("rung", rungs.toArray(String[]::new))
            .param("shape", shape)
            .addProfiler(Cores.class)
            .build();
    var text = report(new Runner(options).run(), one, all);
    System.out.println(text);
    if (write) {
      var page = Path.of("docs/ladders", ladder.name() + ".md");
      MarkedTable.write(page, ladder.name(), text);
      System.out.println("written to " + page);
    }
  }

  private double peak(int threads) throws RunnerException {
    var options =
        new OptionsBuilder()
            .parent(jmh)
            .include(FmaPeak.class.getName() + ".registersOnly")
            .threads(threads)
            .addProfiler(Cores.class)
            .build();
    return Table.perCore(new Runner(options).runSingle());
  }

  private String report(Collection<RunResult> results, double one, double all) {
    var text = new StringBuilder();
    text.append(Machine.measured())
        .append(
            String.format(
                Locale.ROOT,
                " Sizes: %s. Peak, multiply-adds in registers alone: %.0f GFLOP/s with one thread,"
                    + " %.0f per core with %d.%n%n",
                shape,
                one,
                all,
                Runtime.getRuntime().availableProcessors()))
        .append("| rung | | ms | cores | GFLOP/s | per core | % of peak | times rung 1 |\n")
        .append("|--:|---|--:|--:|--:|--:|--:|--:|\n");
    double first = Double.NaN;
    int number = 0;
    for (var result : results) {
      var rung = ladder.rungs().get(number++);
      double perCore = Table.perCore(result);
      first = number == 1 ? perCore : first;
      text.append(
          String.format(
              Locale.ROOT,
              "| %d | %s | %.3g | %.2f | %.1f | %.1f | %.0f | %.3g |%n",
              number,
              rung.title(),
              1e3 / Table.median(result.getPrimaryResult()),
              Table.rate(result, Cores.NAME),
              Table.rate(result, "gflops"),
              perCore,
              100 * perCore / (rung.threads() == 1 ? one : all),
              rung.threads() * perCore / first));
    }
    return text.toString();
  }
}
