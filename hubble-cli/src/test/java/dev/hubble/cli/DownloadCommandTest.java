// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.HubAccess;
import dev.hubble.HubbleException;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DownloadCommandTest extends CommandLineTest {
  private HubAccess hub() {
    return Objects.requireNonNull(engine.options).hub();
  }

  @Test
  void printsTheFolderAlone() {
    assertThat(run("download", "org/name")).isZero();
    assertThat(out().lines()).containsExactly(Path.of("cache", "org/name").toString());
    assertThat(err().lines()).containsExactly("Note: This is a note.");
    assertThat(engine.models).containsExactly("org/name");
    assertThat(hub().revision()).isNull();
    assertThat(hub().variant()).isNull();
    assertThat(hub().offline()).isFalse();
  }

  @Test
  void isSilentWhenAskedTo() {
    columns = 70;
    assertThat(run("download", "org/name", "--quiet")).isZero();
    assertThat(err()).isEmpty();
  }

  @Test
  void drawsABarOnATerminal() {
    columns = 70;
    assertThat(run("download", "org/name")).isZero();
    assertThat(err()).contains("Downloading").contains("4/4 MB").contains("MB/s").endsWith("\n");
    assertThat(err().split("[\r\n]", -1)).allMatch(line -> line.length() < 70);
    assertThat(out()).doesNotContain("Downloading");
  }

  @Test
  void endsTheLineBeforeAnError() {
    columns = 70;
    engine.failure = new HubbleException.Model("The model is gated.");
    assertThat(run("download", "org/name")).isEqualTo(1);
    assertThat(err()).contains("Downloading").endsWith("\nThe model is gated.\n");
    assertThat(out()).isEmpty();
  }

  /// 1.2 GB come only if somebody wants to have pictures looked at.
  @ParameterizedTest
  @CsvSource({
    "download org/name, false",
    "download org/name --safety, true",
    "a --model org/name, false",
    "a --model org/name --safety off, false",
    "a --model org/name --safety flag, true",
    "a --model org/name --safety block, true",
  })
  void fetchesTheSafetyCheckerIfItIsWanted(String command, boolean fetched) {
    assertThat(run(command.split(" ", -1))).as(err()).isZero();
    assertThat(hub().safetyChecker()).isEqualTo(fetched);
  }

  @Test
  void needsAModel() {
    assertThat(run("download")).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "download org/name",
        "a --model org/name",
        "info org/name",
        "tokens a --model org/name",
        "convert org/name out"
      })
  void everyCommandPassesOnHowToFindTheModel(String command) {
    assertThat(run((command + " --revision refs/pr/1 --variant fp16 --offline").split(" ", -1)))
        .as(err())
        .isZero();
    assertThat(hub().revision()).isEqualTo("refs/pr/1");
    assertThat(hub().variant()).isEqualTo("fp16");
    assertThat(hub().offline()).isTrue();
  }
}
