// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Objects;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;

/// A picture leaves nothing behind in memory.
class NothingStaysTest {
  private static final int PICTURES = 200;

  /// Less than the smallest thing that a run could forget, the latents of one picture (4 KiB), for
  /// each picture of two tenths.
  private static final long SLACK = 100_000;

  @Test
  void memoryIsFlatOverTwoHundredPictures() throws Exception {
    var folder =
        Path.of(Objects.requireNonNull(getClass().getResource("/reference/tiny-sd")).toURI());
    try (var hubble = Hubble.load(folder.toString())) {
      long[] used = new long[11];
      for (int i = 0; i <= PICTURES; i++) {
        if (i % (PICTURES / 10) == 0) {
          used[i / (PICTURES / 10)] = live();
        }
        hubble.generate(Request.of("galaxy " + i).steps(1).seed(i));
      }
      System.out.println("live after each tenth: " + java.util.Arrays.toString(used));
      // The first tenth loads classes and fills caches.
      for (int i = 2; i < used.length; i++) {
        assertThat(used[i] - used[1]).as("growth up to tenth %d", i).isLessThan(SLACK);
      }
    }
  }

  /// Bytes of all objects that are still referred to. The heap's own figure of what is used counts
  /// room that threads have set aside, too, and so moves by megabytes.
  static long live() throws JMException {
    var histogram =
        (String)
            ManagementFactory.getPlatformMBeanServer()
                .invoke(
                    new ObjectName("com.sun.management:type=DiagnosticCommand"),
                    "gcClassHistogram",
                    new Object[] {null},
                    new String[] {String[].class.getName()});
    var total = Pattern.compile("^Total +\\d+ +(\\d+)", Pattern.MULTILINE).matcher(histogram);
    assertThat(total.find()).isTrue();
    return Long.parseLong(total.group(1));
  }
}
