// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench;

import dev.hubble.bench.model.Cost;
import dev.hubble.bench.model.FullSize;
import dev.hubble.kernels.Backends;
import java.util.Locale;

/// `--scaling [--size 512] [--calls 3]`: what further cores bring to a guided step. One thread and
/// one per core, one after the other in the same run, the best of the calls each.
final class ScalingCommand {
  private final int size;
  private final int calls;

  ScalingCommand(Arguments args) {
    size = args.number("--size", 512);
    calls = args.number("--calls", 3);
    args.finish();
  }

  void run() {
    System.out.println(Machine.measured());
    int cores = Runtime.getRuntime().availableProcessors();
    var one = measure(1);
    var all = measure(cores);
    System.out.printf(
        Locale.ROOT,
        "guided step at %d px: %.2f s with 1 thread, %.2f s with %d: %.2f times as fast"
            + " (%.2f and %.2f core-seconds)%n",
        size,
        one.wall(),
        all.wall(),
        cores,
        one.wall() / all.wall(),
        one.cores(),
        all.cores());
  }

  private Stopwatch.Time measure(int threads) {
    try (var ops = Backends.open("cpu", new Backends.Options(threads))) {
      System.out.println("# " + ops.description());
      var unet = FullSize.unet(ops);
      var constants = Cost.prepare(ops, unet, 1);
      var latents = Cost.latents(ops, size, 1);
      Runnable step =
          () -> {
            try (var _ = ops.openScope()) {
              Cost.guidedStep(unet, constants, latents);
            }
          };
      // Steps have the same memory, as those of a picture have.
      try (var _ = ops.openScope()) {
        // The first calls are compiled on the way.
        Stopwatch.best(2, step);
        return Stopwatch.best(calls, step);
      }
    }
  }
}
