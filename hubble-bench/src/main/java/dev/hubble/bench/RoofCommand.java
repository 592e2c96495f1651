// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench;

import dev.hubble.kernels.Backends;
import dev.hubble.kernels.Ops;
import dev.hubble.kernels.heap.HeapOps;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Param;

/// `--roof [--turns 41] [--threads 0] [--shapes 8192x320x320,...]`: which part of the machine's
/// peak each matrix product and each attention of the models reaches. Calls and multiply-adds in
/// registers alone ([FmaPeak]) take turns, so that both see the same clock and the same neighbours:
/// a share is a call's rate over the mean of the peaks before and after it, and the table has the
/// median of all turns.
final class RoofCommand {
  private static final int WARM_UP = 10;

  /// How long the calls of a turn take together at least: about as long as the peak's.
  private static final double TURN = 5e-3;

  private final int turns;
  private final int threads;
  private final List<String> shapes;

  RoofCommand(Arguments args) {
    turns = args.number("--turns", 41);
    threads = args.number("--threads", 0);
    shapes =
        Stream.of(args.value("--shapes", "").split(",", -1)).filter(s -> !s.isEmpty()).toList();
    args.finish();
  }

  void run() throws NoSuchFieldException {
    try (var ops = Backends.open("cpu", new Backends.Options(threads))) {
      System.out.printf(
          "%s %s; calls and multiply-adds in registers in turns, medians of %d turns.%n%n",
          Machine.measured(), ops.description(), turns);
      System.out.println("| operation | shape | ms | GFLOP/s | peak meanwhile | part of peak, % |");
      System.out.println("|---|---|--:|--:|--:|--:|");
      for (var shape : shapes(LinearShape.class)) {
        linear(ops, shape);
      }
      for (var shape : shapes(Attention.class)) {
        attention(ops, shape);
      }
    }
  }

  /// The shapes that a benchmark has, or those of them that were asked for.
  private List<String> shapes(Class<?> benchmark) throws NoSuchFieldException {
    return Stream.of(benchmark.getDeclaredField("shape").getAnnotation(Param.class).value())
        .filter(shape -> shapes.isEmpty() || shapes.contains(shape))
        .toList();
  }

  /// A linear layer; where it is the first of a feed-forward network, gated, as the UNet calls it.
  private void linear(Ops ops, String shape) {
    var s = new LinearShape();
    s.shape = shape;
    s.parse();
    try (var _ = ops.openScope()) {
      var x = ops.upload(Device.host(s.rows, s.in));
      var weight = ops.linearWeight(Device.host(s.out, s.in));
      var bias = ops.upload(Device.host(s.out));
      if (s.out == 8 * s.in) {
        measure(ops, "linearGeglu", shape, s.flops(), () -> ops.linearGeglu(x, weight, bias));
      } else {
        measure(ops, "linear", shape, s.flops(), () -> ops.linear(x, weight, bias));
      }
    }
  }

  private void attention(Ops ops, String shape) {
    int[] s = Stream.of(shape.split("x", 5)).mapToInt(Integer::parseInt).toArray();
    try (var _ = ops.openScope()) {
      var q = ops.upload(Device.host(s[0], s[1], s[3]));
      var k = ops.upload(Device.host(s[0], s[2], s[3]));
      var v = ops.upload(Device.host(s[0], s[2], s[3]));
      double flops = 4.0 * s[0] * s[1] * s[2] * s[3];
      measure(ops, "attention", shape, flops, () -> ops.attention(q, k, v, s[4], false));
    }
  }

  private void measure(Ops ops, String name, String shape, double flops, Runnable operation) {
    Runnable call =
        () -> {
          try (var _ = ops.openScope()) {
            operation.run();
          }
        };
    for (int i = 0; i < WARM_UP; i++) {
      call.run();
      peak(ops);
    }
    int calls = (int) Math.ceil(TURN / Stopwatch.best(3, call).wall());
    double[] shares = new double[turns];
    double[] rates = new double[turns];
    double[] peaks = new double[turns];
    double before = peak(ops);
    for (int i = 0; i < turns; i++) {
      double time = Stopwatch.time(() -> repeat(calls, call)).wall();
      double after = peak(ops);
      rates[i] = calls * flops / time;
      peaks[i] = (before + after) / 2;
      shares[i] = rates[i] / peaks[i];
      before = after;
    }
    double rate = Stopwatch.median(rates);
    System.out.printf(
        Locale.ROOT,
        "| %s | %s | %.3g | %.0f | %.0f | %.0f |%n",
        name,
        shape,
        1e3 * flops / rate,
        rate / 1e9,
        Stopwatch.median(peaks) / 1e9,
        100 * Stopwatch.median(shares));
  }

  private static void repeat(int times, Runnable call) {
    for (int i = 0; i < times; i++) {
      call.run();
    }
  }

  /// What the backend's threads reach in registers, in operations per second.
  private static double peak(Ops ops) {
    var threads = (HeapOps) ops;
    // A few for each thread, so that one that is held up does little of it.
    int tiles = 2 * Runtime.getRuntime().availableProcessors();
    var work = new Work.Flops[tiles];
    double time =
        Stopwatch.time(() ->
                threads.parallel(
                    tiles,
                    t -> {
                      work[t] = new Work.Flops();
                      new FmaPeak().registersOnly(work[t]);
                    }))
            .wall();
    return Stream.of(work).mapToDouble(w -> w.gflops * 1e9).sum() / time;
  }
}
