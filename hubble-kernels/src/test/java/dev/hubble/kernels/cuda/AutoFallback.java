// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import dev.hubble.kernels.DeviceException;
import java.lang.management.ManagementFactory;

/// Asks for a GPU that cannot be used, and prints how long the answer took: a program of its own,
/// because what the first question loads is there for the second.
final class AutoFallback {
  private AutoFallback() {}

  /// Prints `cpu MILLISECONDS wall MILLISECONDS: REASON`.
  public static void main(String[] args) {
    var threads = ManagementFactory.getThreadMXBean();
    long cpu = threads.getCurrentThreadCpuTime();
    long wall = System.nanoTime();
    String reason;
    try (var ops = Gpus.open("cuda", null)) {
      reason = "none: " + ops.description();
    } catch (DeviceException e) {
      reason = String.valueOf(e.getMessage());
    }
    wall = System.nanoTime() - wall;
    cpu = threads.getCurrentThreadCpuTime() - cpu;
    System.out.printf("cpu %.1f wall %.1f: %s%n", cpu / 1e6, wall / 1e6, reason);
  }
}
