// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.HubbleException;
import org.junit.jupiter.api.Test;

class ProgressLineTest extends CommandLineTest {
  @Test
  void drawsABarOnATerminal() {
    columns = 70;
    assertThat(run("a")).isZero();
    assertThat(err()).contains("Drawing").contains("2/2").contains("it/s decoding").endsWith("\n");
    assertThat(err().split("[\r\n]", -1)).allMatch(line -> line.length() < 70);
    assertThat(out()).doesNotContain("Drawing");
  }

  @Test
  void showsALargeModelComingIn() {
    columns = 70;
    engine.stored = 4_000_000_000L;
    assertThat(run("a")).isZero();
    assertThat(err()).contains("Loading").contains("4000/4000 MB").contains("Drawing");
    assertThat(err().split("[\r\n]", -1)).allMatch(line -> line.length() < 70);
  }

  @Test
  void saysNothingOfASmallModel() {
    columns = 70;
    engine.stored = 4_000_000;
    assertThat(run("a")).isZero();
    assertThat(err()).doesNotContain("Loading");
  }

  @Test
  void isSilentInAPipe() {
    assertThat(run("a")).isZero();
    assertThat(err()).isEmpty();
  }

  @Test
  void endsTheLineBeforeAnError() {
    columns = 70;
    engine.failure = new HubbleException.NotANumber("The UNet returned NaN.");
    assertThat(run("a")).isEqualTo(1);
    assertThat(err()).contains("Drawing").endsWith("\nThe UNet returned NaN.\n");
  }
}
