// SPDX-License-Identifier: Apache-2.0
package dev.hubble.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.Hubble;
import dev.hubble.LoadOptions;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

class LoadProgressTest {
  @Test
  void countsEveryByteThatIsReadAndEndsAtTheTotal() {
    var done = new ArrayList<Long>();
    var totals = new ArrayList<Long>();
    var options =
        new LoadOptions("cpu", 1)
            .progress((bytes, total) -> {
              done.add(bytes);
              totals.add(total);
            });
    Hubble.load("mini", options).close();
    assertThat(done).isSorted().doesNotHaveDuplicates().hasSizeGreaterThan(100);
    assertThat(totals).containsOnly(done.getLast());
    // All weights but the VAE's encoder, which text has no use for.
    long all =
        Hubble.info("mini").components().stream().mapToLong(component -> component.bytes()).sum();
    assertThat(done.getLast()).isBetween(all / 2, all - 1);
  }
}
