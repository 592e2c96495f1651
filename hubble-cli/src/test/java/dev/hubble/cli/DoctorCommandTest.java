// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.HubbleException;
import org.junit.jupiter.api.Test;

class DoctorCommandTest extends CommandLineTest {
  @Test
  void showsWhatItFinds() {
    assertThat(run("doctor")).isZero();
    assertThat(out())
        .contains("device   cpu: 2 cores")
        .contains("device   reference: plain loops")
        .contains("device   gpu: not available: there is no driver")
        .contains("java     " + Runtime.version())
        .contains("--add-modules=jdk.incubator.vector")
        .contains(Runtime.getRuntime().availableProcessors() + " cores")
        .contains("Java may use ")
        .contains("models   ")
        .contains("trial    drew 16x8 in 25 steps and 6 ms on CPU, 2 cores")
        .contains("speed    Vector API, 512-bit: 115 GFLOP/s on one core");
  }

  @Test
  void ends1WhenItCannotMakeAPicture() {
    engine.failure = new HubbleException.BadRequest("Not even two steps.");
    assertThat(run("doctor")).isEqualTo(1);
    assertThat(out()).contains("trial    failed");
    assertThat(err()).startsWith("Not even two steps.");
  }

  @Test
  void tellsWhereModelsAreKept() {
    engine.cache = folder;
    run("doctor");
    assertThat(out()).contains("models   " + folder + "\n");
    engine.cache = folder.resolve("hub");
    run("doctor");
    assertThat(out()).contains("models   " + folder.resolve("hub") + " (not there yet)");
  }
}
