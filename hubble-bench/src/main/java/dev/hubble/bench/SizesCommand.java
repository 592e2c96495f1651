// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench;

import dev.hubble.bench.model.Cost;
import dev.hubble.bench.model.FullSize;
import dev.hubble.kernels.Backends;
import dev.hubble.kernels.Ops;
import dev.hubble.unet.UNet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// `--sizes 256,384,512,640,768 [--batches 1,2,4] [--calls 2] [--threads 0]`: whether a guided step
/// takes time as it takes arithmetic. A line for each size and batch, the best of the calls. Before
/// the first, the smallest size is computed until the code is compiled.
final class SizesCommand {
  private static final int WARM_UP = 4;
  private static final int USUAL = 512;

  /// One line of the table.
  private record Line(int size, int batch, double flops, Stopwatch.Time time) {
    double rate() {
      return flops / time.wall();
    }
  }

  private final int[] sizes;
  private final int[] batches;
  private final int calls;
  private final int threads;

  SizesCommand(Arguments args) {
    sizes = args.numbers("--sizes", "256,384,512,640,768");
    batches = args.numbers("--batches", "1,2,4");
    calls = args.number("--calls", 2);
    threads = args.number("--threads", 0);
    args.finish();
  }

  void run() {
    try (var ops = Backends.open("cpu", new Backends.Options(threads))) {
      System.out.println(Machine.measured() + " " + ops.description() + ".");
      var unet = FullSize.unet(ops);
      int smallest = Arrays.stream(sizes).min().orElseThrow();
      measure(WARM_UP, ops, unet, smallest, 1);
      var lines = new ArrayList<Line>();
      for (int batch : batches) {
        for (int size : sizes) {
          var line =
              new Line(
                  size,
                  batch,
                  Cost.ofGuidedStep(size, batch),
                  measure(calls, ops, unet, size, batch));
          lines.add(line);
          System.out.printf("# %d px, batch %d: %.2f s%n", size, batch, line.time.wall());
        }
      }
      print(lines);
    }
  }

  /// The best of several calls that have the same memory, as the steps of a picture have.
  private static Stopwatch.Time measure(int calls, Ops ops, UNet unet, int size, int batch) {
    try (var _ = ops.openScope()) {
      return Stopwatch.best(calls, () -> step(ops, unet, size, batch));
    }
  }

  private static void step(Ops ops, UNet unet, int size, int batch) {
    try (var _ = ops.openScope()) {
      var constants = Cost.prepare(ops, unet, batch);
      Cost.guidedStep(unet, constants, Cost.latents(ops, size, batch));
    }
  }

  private static void print(List<Line> lines) {
    double usual =
        lines.stream()
            .filter(line -> line.size == USUAL && line.batch == 1)
            .mapToDouble(Line::rate)
            .findFirst()
            .orElse(Double.NaN);
    System.out.println(
        "| pixels | batch | GFLOP | seconds | core-seconds | GFLOP/s | time for the same work, 512 px = 1 |");
    System.out.println("|---|--:|--:|--:|--:|--:|--:|");
    for (var line : lines) {
      System.out.printf(
          Locale.ROOT,
          "| %d x %d | %d | %.0f | %.2f | %.2f | %.0f | %s |%n",
          line.size,
          line.size,
          line.batch,
          line.flops / 1e9,
          line.time.wall(),
          line.time.cores(),
          line.rate() / 1e9,
          Double.isNaN(usual) ? "" : "%.2f".formatted(usual / line.rate()));
    }
  }
}
