// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class FollowOptionsTest extends CommandLineTest {
  @Test
  void keepsAPreview() throws IOException {
    assertThat(run("a", "-o", "x.png", "--preview", "p.png")).isZero();
    assertThat(files()).containsExactly("p.png", "x.png");
    var preview = ImageIO.read(folder.resolve("p.png").toFile());
    assertThat(preview.getWidth()).isEqualTo(16);
    assertThat(preview.getHeight()).isEqualTo(8);
  }

  @Test
  void passesTheTimeoutOn() {
    assertThat(run("a", "--timeout", "1.5")).isZero();
    assertThat(engine.runs.getFirst().timeout()).isEqualTo(Duration.ofMillis(1500));
    assertThat(run("a")).isZero();
    assertThat(engine.runs.getLast().timeout()).isNull();
  }

  @Test
  void refusesWhatCannotBe() {
    assertThat(run("a", "--timeout", "0")).isEqualTo(2);
    assertThat(run("a", "--timeout", "NaN")).isEqualTo(2);
    assertThat(run("a", "--preview", "missing/p.png")).isEqualTo(1);
    assertThat(err()).contains("more than 0 seconds", "missing; make it first");
    assertThat(engine.models).isEmpty();
  }

  @Test
  void printsTheReportInPlaceOfThePaths() {
    assertThat(run("a", "--json", "-o", "x.png")).isZero();
    var json = new JsonMapper().readTree(out());
    assertThat(json.get("prompt").asString()).isEqualTo("a");
    assertThat(json.get("files").get(0).asString()).isEqualTo(folder.resolve("x.png").toString());
  }
}
