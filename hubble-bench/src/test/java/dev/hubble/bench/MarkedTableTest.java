// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MarkedTableTest {
  private static final String PAGE =
      """
      Before.
      <!-- measured: gemm -->
      old
      <!-- end of what was measured -->
      Between.
      <!-- measured: other -->
      kept
      <!-- end of what was measured -->
      """;

  @Test
  void replacesWhatStandsBetweenItsMarks() {
    assertThat(MarkedTable.replace(PAGE, "gemm", "new\n"))
        .isEqualTo(PAGE.replace("old\n", "\nnew\n\n"));
  }

  @Test
  void doesSoAgainAndAgain() {
    var once = MarkedTable.replace(PAGE, "other", "new\n");
    assertThat(MarkedTable.replace(once, "other", "new\n")).isEqualTo(once);
  }

  @Test
  void saysWhatIsMissing() {
    assertThatThrownBy(() -> MarkedTable.replace(PAGE, "conv", "new"))
        .hasMessageContaining("<!-- measured: conv -->");
  }

  /// Every ladder has its page.
  @ParameterizedTest
  @ValueSource(strings = {"gemm", "convolution", "attention"})
  void thePagesHaveTheirMarks(String ladder) throws Exception {
    var page =
        Files.readString(
            Path.of(System.getProperty("hubble.root", ".."), "docs/ladders", ladder + ".md"));
    assertThat(MarkedTable.replace(page, ladder, "new")).contains("new");
  }
}
