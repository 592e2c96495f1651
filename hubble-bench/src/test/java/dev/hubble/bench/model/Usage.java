// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.model;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/// What this process has used since the object was made. On a shared machine the core time is the
/// figure to compare.
final class Usage {
  private final OperatingSystemMXBean process =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
  private final long time = System.nanoTime();
  private final long cpuTime = process.getProcessCpuTime();

  /// `23.70 s, 35.10 s of core time`
  @Override
  public String toString() {
    double seconds = (System.nanoTime() - time) * 1e-9;
    double coreSeconds = (process.getProcessCpuTime() - cpuTime) * 1e-9;
    return String.format(Locale.ROOT, "%.2f s, %.2f s of core time", seconds, coreSeconds);
  }

  /// How much memory this process has held at most.
  static String peakMemory() {
    try (var lines = Files.lines(Path.of("/proc/self/status"))) {
      return lines
          .filter(line -> line.startsWith("VmHWM:"))
          .map(line -> line.substring("VmHWM:".length()).strip())
          .findFirst()
          .orElse("unknown");
    } catch (IOException e) {
      return "unknown: " + e.getMessage();
    }
  }
}
