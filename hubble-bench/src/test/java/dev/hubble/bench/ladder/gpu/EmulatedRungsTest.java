// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// The rungs' kernels in every scheduling mode of the emulator: races show there, which the mock
/// driver's one mode may hide.
class EmulatedRungsTest {
  @Test
  void everyRungIsRightHoweverItsThreadsAreScheduled() throws IOException, InterruptedException {
    assumeTrue(
        System.getProperty("os.name").startsWith("Linux")
            && Arrays.stream(System.getenv("PATH").split(":"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, "g++"))),
        "the emulator needs Linux and g++");
    var bench = MockGpu.root().resolve("hubble-bench");
    var process =
        new ProcessBuilder(
                "bash",
                bench.resolve("src/test/cuda/run-rungs.sh").toString(),
                bench.resolve("target/rungs").toString())
            .redirectErrorStream(true)
            .start();
    var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    assertThat(said).contains("all rungs are right in 5 modes");
  }
}
