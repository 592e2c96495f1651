// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/// How much memory there is, and was used.
final class Memory {
  private Memory() {}

  /// The most memory that this process ever held, in bytes. Where the system does not say, the most
  /// that the Java heap held.
  static long peakBytes() {
    return procValue(Path.of("/proc/self/status"), "VmHWM").orElseGet(Memory::heapPeak);
  }

  /// The bytes that can be had without pushing others out; empty where the system does not say.
  static OptionalLong availableBytes() {
    return procValue(Path.of("/proc/meminfo"), "MemAvailable");
  }

  /// A line such as `VmHWM: 123 kB`.
  static OptionalLong procValue(Path file, String key) {
    try {
      var line = Pattern.compile("(?m)^" + key + ":\\s+(\\d+) kB$").matcher(Files.readString(file));
      return line.find()
          ? OptionalLong.of(Long.parseLong(line.group(1)) * 1024)
          : OptionalLong.empty();
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }

  private static long heapPeak() {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
        .map(MemoryPoolMXBean::getPeakUsage)
        .mapToLong(usage -> usage == null ? 0 : usage.getUsed())
        .sum();
  }
}
