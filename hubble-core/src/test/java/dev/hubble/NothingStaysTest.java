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

  /// Less than one latent image per picture: the smallest thing that a run could forget.
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
      // The first tenth loads classes and fills caches.
      for (int i = 2; i < used.length; i++) {
        assertThat(used[i] - used[1]).as("growth up to tenth %d", i).isLessThan(SLACK);
      }
    }
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
