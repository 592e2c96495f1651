// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench;

import java.util.Collection;
import java.util.Locale;
import java.util.stream.Collectors;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;

/// Results as a Markdown table: the median time of a call, the cores it got, what it got done per
/// second and per second of core time, and, if [FmaPeak] was among the benchmarks, which part of a
/// core's arithmetic that is.
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
            .mapToDouble(Table::perCore)
            .findFirst()
            .orElse(Double.NaN);
    var table = new Table(peak);
    table.text.append(
        "| benchmark | shape | ms | cores | GFLOP/s | per core | % of peak | GB/s |\n");
    table.text.append("|---|---|--:|--:|--:|--:|--:|--:|\n");
    results.forEach(table::row);
    return table.text.toString();
  }

  private void row(RunResult r) {
    text.append("| ").append(name(r)).append(" | ").append(parameters(r)).append(" | ");
    cell("%.3g", 1e3 / median(r.getPrimaryResult()));
    cell("%.2f", rate(r, Cores.NAME));
    cell("%.1f", rate(r, "gflops"));
    cell("%.1f", perCore(r));
    cell("%.0f", 100 * perCore(r) / peak);
    cell("%.1f", rate(r, "gbytes"));
    text.setLength(text.length() - 1);
    text.append('\n');
  }

  private void cell(String format, double x) {
    text.append(Double.isNaN(x) ? "" : String.format(Locale.ROOT, format, x)).append(" | ");
  }

  /// Of means, not medians: an iteration's work and its core time belong together.
  static double perCore(RunResult r) {
    return mean(r, "gflops") / mean(r, Cores.NAME);
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

  static double rate(RunResult r, String counter) {
    var result = r.getSecondaryResults().get(counter);
    return result == null ? Double.NaN : median(result);
  }

  private static double mean(RunResult r, String counter) {
    var result = r.getSecondaryResults().get(counter);
    return result == null ? Double.NaN : result.getStatistics().getMean();
  }

  static double median(Result<?> result) {
    return result.getStatistics().getPercentile(50);
  }
}
