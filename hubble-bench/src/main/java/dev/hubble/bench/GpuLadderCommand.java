// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench;

import dev.hubble.bench.ladder.gpu.GpuLadder;
import dev.hubble.bench.ladder.gpu.GpuLadderRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

/// `--ladder NAME --device cuda[:N] [--shape SIZES] [--repeat N] [--write]`: measures the rungs of
/// a ladder on a GPU, by the GPU's clock, with NVIDIA's library in the same run, and prints the
/// table; `--write` also puts it into the ladder's page in `docs/ladders`, seen from the working
/// directory.
///
/// Without JMH, which measures the host: what it does for a JVM (warm-up, repetitions, the median)
/// is done here between the GPU's events.
final class GpuLadderCommand {
  private final GpuLadder ladder;
  private final int gpu;
  private final String shape;
  private final int repetitions;
  private final boolean write;

  GpuLadderCommand(Arguments args) {
    ladder = GpuLadder.of(args.value("--ladder", ""));
    gpu = ordinal(args.value("--device", ""));
    shape = args.value("--shape", ladder.shape());
    repetitions = args.number("--repeat", 9);
    write = args.flag("--write");
    args.finish();
    if (repetitions < 1) {
      throw new IllegalArgumentException("--repeat wants at least 1.");
    }
  }

  /// Whether the arguments ask for a ladder on a GPU.
  static boolean wants(Iterable<String> args) {
    boolean after = false;
    for (var arg : args) {
      if (after) {
        return arg.startsWith("cuda");
      }
      after = arg.equals("--device");
    }
    return false;
  }

  private static int ordinal(String device) {
    if (!device.matches("cuda(:[0-9]{1,4})?")) {
      throw new IllegalArgumentException(
          "There is no device \"" + device + "\"; GPUs are called cuda:0, cuda:1, and so on.");
    }
    return device.equals("cuda") ? 0 : Integer.parseInt(device.substring(5));
  }

  void run() throws IOException {
    var run = GpuLadderRun.climb(ladder, gpu, shape, repetitions);
    var text = report(ladder, shape, run);
    System.out.println(text);
    if (write) {
      if (!run.measured()) {
        throw new IllegalStateException(
            "Nothing was written: these are the times of an emulator, not of a GPU.");
      }
      var name = "gpu-" + ladder.name();
      var page = Path.of("docs/ladders", name + ".md");
      MarkedTable.write(page, name, text);
      System.out.println("written to " + page);
    }
  }

  static String report(GpuLadder ladder, String shape, GpuLadderRun run) {
    var text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "%s GPU: %s. Sizes: %s = %s; %.2f GFLOP, and %.1f MB in memory, the same in every call:"
                + " what of them fits is in the L2 cache.%n%n",
            Machine.measured(),
            run.device(),
            String.join(" x ", ladder.sizes()),
            shape,
            run.flops() / 1e9,
            run.bytes() / 1e6));
    if (!run.measured()) {
      text.append("**An emulated GPU: no time here means anything.**\n\n");
    }
    var baseline = run.baseline();
    text.append("| rung | | ms | TFLOP/s | % of ")
        .append(ladder.baseline())
        .append(" | times rung 1 |\n|--:|---|--:|--:|--:|--:|\n");
    double first = run.rows().getFirst().millis();
    int number = 0;
    for (var row : run.rows()) {
      number++;
      text.append("| ").append(number).append(" | ").append(row.title());
      line(text, row.millis(), row.reason(), run.flops(), baseline.millis(), first);
    }
    text.append("| | ").append(baseline.name());
    line(text, baseline.millis(), baseline.reason(), run.flops(), baseline.millis(), first);
    return text.toString();
  }

  private static void line(
      StringBuilder text, double millis, String reason, double flops, double other, double first) {
    if (!reason.isEmpty()) {
      text.append(": ").append(reason);
    }
    cell(text, "%.4g", millis);
    cell(text, "%.1f", flops / millis / 1e9);
    cell(text, "%.0f", 100 * other / millis);
    cell(text, "%.3g", first / millis);
    text.append(" |\n");
  }

  private static void cell(StringBuilder text, String format, double x) {
    text.append(" | ").append(Double.isNaN(x) ? "-" : String.format(Locale.ROOT, format, x));
  }
}
