// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// Ctrl-C, with real processes and real signals.
@EnabledOnOs({OS.LINUX, OS.MAC})
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class InterruptTest {
  @TempDir Path folder;

  @Test
  void ctrlCEndsTheStepAndReports130() throws Exception {
    // Programs that a shell script starts in the background cannot be interrupted, nor their
    // children: then there is nothing to test.
    assumeTrue(
        new ProcessBuilder("bash", "-c", "kill -INT $$; exit 0").start().waitFor() != 0,
        "SIGINT is ignored in this process");
    assertStopsCleanly("INT", 130);
  }

  @Test
  void terminationEndsTheStepToo() throws Exception {
    assertStopsCleanly("TERM", 143);
  }

  private void assertStopsCleanly(String signal, int exitCode) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                SlowMain.class.getName(),
                "a",
                "-o",
                "x.png",
                "--report",
                "r.json")
            .directory(folder.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (var out = process.inputReader()) {
      assertThat(out.readLine()).isEqualTo("drawing");
      new ProcessBuilder("bash", "-c", "kill -" + signal + " " + process.pid()).start().waitFor();
      assertThat(out.lines()).containsExactly("step done", "closed");
      assertThat(process.waitFor()).isEqualTo(exitCode);
    } finally {
      process.destroyForcibly();
    }
    assertThat(isEmpty(folder)).isTrue();
  }

  private static boolean isEmpty(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files.findAny().isEmpty();
    }
  }
}
