// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// A picture leaves nothing behind in memory.
class NothingStaysTest {
  private static final int PICTURES = 200;

  /// Less than one latent image (4 KiB) per picture of the seven tenths that are compared: the
  /// smallest thing that a run could forget.
  private static final long SLACK = 500_000;

  @Test
  void memoryIsFlatOverTwoHundredPictures() throws Exception {
    var folder =
        Path.of(Objects.requireNonNull(getClass().getResource("/reference/tiny-sd")).toURI());
    try (var hubble = Hubble.load(folder.toString())) {
      long[] used = new long[11];
      for (int i = 0; i <= PICTURES; i++) {
        if (i % (PICTURES / 10) == 0) {
          used[i / (PICTURES / 10)] = usedHeap();
        }
        hubble.generate(Request.of("galaxy " + i).steps(1).seed(i));
      }
      System.out.println("heap after each tenth: " + java.util.Arrays.toString(used));
      // The first tenth loads classes and fills caches. What other threads of this JVM hold for a
      // moment comes and goes; what is forgotten stays, so it shows in the least of three, too.
      assertThat(least(used, 8) - least(used, 1)).as("growth").isLessThan(SLACK);
    }
  }

  private static long least(long[] used, int from) {
    return Math.min(used[from], Math.min(used[from + 1], used[from + 2]));
  }

  private static long usedHeap() throws InterruptedException {
    var memory = ManagementFactory.getMemoryMXBean();
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      System.gc();
      Thread.sleep(20);
      least = Math.min(least, memory.getHeapMemoryUsage().getUsed());
    }
    return least;
  }
}
