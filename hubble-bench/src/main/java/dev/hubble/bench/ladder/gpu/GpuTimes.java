// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder.gpu;

import dev.hubble.kernels.Tensor;
import dev.hubble.kernels.cuda.Workbench;
import java.util.Arrays;
import java.util.function.Supplier;

/// How long a GPU takes for a call, by its own clock.
///
/// Many calls stand between two events, so that the host is ahead of the GPU and a launch costs
/// nothing that shows. All work on the same memory: what of it fits in the L2 cache is found there,
/// as in a network, where a layer reads what the one before has just written.
final class GpuTimes {
  private static final double WARM_UP = 200; // milliseconds: until the clock has risen
  private static final double MEASURED = 10; // milliseconds between two events, if calls allow
  private static final int MOST_CALLS = 500;

  private GpuTimes() {}

  /// The median of `repetitions`, in milliseconds per call.
  static double median(Workbench bench, Supplier<Tensor> call, int repetitions) {
    double spent = 0;
    double once = Double.NaN;
    for (int i = 0; i < MOST_CALLS && spent < WARM_UP; i++) {
      once = bench.millis(() -> calls(bench, call, 1));
      spent += once;
    }
    int n = (int) Math.clamp(MEASURED / once, 1, MOST_CALLS);
    double[] all = new double[repetitions];
    for (int i = 0; i < repetitions; i++) {
      all[i] = bench.millis(() -> calls(bench, call, n)) / n;
    }
    Arrays.sort(all);
    return (all[(repetitions - 1) / 2] + all[repetitions / 2]) / 2;
  }

  private static void calls(Workbench bench, Supplier<Tensor> call, int n) {
    for (int i = 0; i < n; i++) {
      try (var _ = bench.ops().openScope()) {
        var _ = call.get();
      }
    }
  }

  /// A rung's time, once its result is right.
  ///
  /// @throws IllegalStateException if it is wrong
  static double of(Workbench bench, GpuProblem problem, Supplier<Tensor> call, int repetitions) {
    double error;
    try (var _ = bench.ops().openScope()) {
      error = problem.error(call.get().toArray());
    }
    if (!(error <= problem.limit())) {
      throw new IllegalStateException(
          "its result is wrong, by %.3g in relative L2".formatted(error));
    }
    return median(bench, call, repetitions);
  }
}
