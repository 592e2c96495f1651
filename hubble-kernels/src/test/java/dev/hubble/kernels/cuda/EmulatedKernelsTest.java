// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// Builds the CUDA kernels for the emulator and runs their native tests: against references in
/// double precision, thread by thread, without a GPU. With `-Dhubble.fullsize=true` at a real
/// model's widths, in all scheduling modes, and under the sanitizers besides.
class EmulatedKernelsTest {
  @Test
  void everyKernelComputesWhatItShould() throws IOException, InterruptedException {
    assumeTrue(
        System.getProperty("os.name").startsWith("Linux"), "the emulator needs Linux and g++");
    assumeTrue(onPath("g++"), "g++ is not installed: the CUDA kernels cannot be emulated");
    var module =
        Path.of(System.getProperty("hubble.root", ".."))
            .resolve("hubble-kernels")
            .toAbsolutePath()
            .normalize();
    var command =
        new ProcessBuilder(
            "bash",
            module.resolve("src/test/cuda/run-tests.sh").toString(),
            "--out",
            module.resolve("target/cuda").toString());
    if (!Boolean.getBoolean("hubble.fullsize")) {
      command.command().add("--quick");
    }
    var process = command.redirectErrorStream(true).start();
    var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    assertThat(said).contains("all native tests passed");
  }

  private static boolean onPath(String program) {
    return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(":"))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }
}
