// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;

/// The times of calls, by the wall's clock and by how long cores were busy in this process.
final class Stopwatch {
  private static final OperatingSystemMXBean PROCESS =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

  /// Seconds of one call.
  record Time(double wall, double cores) {}

  private Stopwatch() {}

  static Time time(Runnable call) {
    long cpu = PROCESS.getProcessCpuTime();
    long start = System.nanoTime();
    call.run();
    return new Time((System.nanoTime() - start) / 1e9, (PROCESS.getProcessCpuTime() - cpu) / 1e9);
  }

  /// The call that took least time of several.
  static Time best(int calls, Runnable call) {
    var best = time(call);
    for (int i = 1; i < calls; i++) {
      var next = time(call);
      best = next.wall < best.wall ? next : best;
    }
    return best;
  }

  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int n = sorted.length;
    return (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
  }
}
