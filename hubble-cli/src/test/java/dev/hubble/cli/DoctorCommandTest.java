// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.HubbleException;
import java.nio.file.Path;
import java.util.Map;
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
        .contains("trial    drew 16x8 in 25 steps and 6 ms on CPU, 2 cores");
  }

  @Test
  void ends1WhenItCannotMakeAPicture() {
    engine.failure = new HubbleException.BadRequest("Not even two steps.");
    assertThat(run("doctor")).isEqualTo(1);
    assertThat(out()).contains("trial    failed");
    assertThat(err()).startsWith("Not even two steps.");
  }

  @Test
  void knowsWhereHuggingFaceKeepsModels() {
    Path home = folder;
    assertThat(cache(Map.of(), home)).isEqualTo(folder + "/.cache/huggingface/hub (not there yet)");
    assertThat(cache(Map.of("XDG_CACHE_HOME", "/x"), home)).startsWith("/x/huggingface/hub");
    assertThat(cache(Map.of("XDG_CACHE_HOME", "/x", "HF_HOME", "/h"), home)).startsWith("/h/hub");
    assertThat(cache(Map.of("HF_HOME", "/h", "HF_HUB_CACHE", folder.toString()), home))
        .isEqualTo(folder.toString());
  }

  private static String cache(Map<String, String> environment, Path home) {
    return DoctorCommand.cache(environment, home);
  }
}
