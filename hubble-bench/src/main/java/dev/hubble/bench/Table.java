// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench;

import java.util.Collection;
import java.util.Locale;
import java.util.stream.Collectors;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;

/// Results as a Markdown table: the median time of a call, what it got done per second, and, if
/// [FmaPeak] was among the benchmarks, which part of the machine's arithmetic that is.
final class Table {
  private final double peak;
  private final StringBuilder text = new StringBuilder();

  private Table(double peak) {
    this.peak = peak;
  }

  static String of(Collection<RunResult> results) {
    double peak =
        results.stream()
            .filter(r -> name(r).startsWith(FmaPeak.class.getSimpleName()))
            .mapToDouble(r -> rate(r, "gflops"))
            .findFirst()
            .orElse(Double.NaN);
    var table = new Table(peak);
    table.text.append("| benchmark | shape | ms | GFLOP/s | % of peak | GB/s |\n");
    table.text.append("|---|---|--:|--:|--:|--:|\n");
    results.forEach(table::row);
    return table.text.toString();
  }

  private void row(RunResult r) {
    double gflops = rate(r, "gflops");
    text.append("| ").append(name(r)).append(" | ").append(parameters(r)).append(" | ");
    text.append(number("%.3g", 1e3 / median(r.getPrimaryResult()))).append(" | ");
    text.append(number("%.1f", gflops)).append(" | ");
    text.append(number("%.0f", 100 * gflops / peak)).append(" | ");
    text.append(number("%.1f", rate(r, "gbytes"))).append(" |\n");
  }

  private static String name(RunResult r) {
    var path = r.getParams().getBenchmark();
    return path.substring(path.lastIndexOf('.', path.lastIndexOf('.') - 1) + 1);
  }

  /// The shape, and whatever else is not as it is by default.
  private static String parameters(RunResult r) {
    var p = r.getParams();
    return p.getParamsKeys().stream()
        .filter(key -> !(key.equals("device") && p.getParam(key).equals("cpu")))
        .filter(key -> !(key.equals("threads") && p.getParam(key).equals("0")))
        .map(key -> key.equals("shape") ? p.getParam(key) : key + " " + p.getParam(key))
        .collect(Collectors.joining(", "));
  }

  private static double rate(RunResult r, String counter) {
    var result = r.getSecondaryResults().get(counter);
    return result == null ? Double.NaN : median(result);
  }

  private static double median(Result<?> result) {
    return result.getStatistics().getPercentile(50);
  }

  private static String number(String format, double x) {
    return Double.isNaN(x) ? "" : String.format(Locale.ROOT, format, x);
  }
}
