// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The baselines: through JavaCPP's bindings into libraries that do in plain loops what NVIDIA's
/// are asked to, on the mock driver's memory; and what is said where something is missing.
class BaselineTest {
  private static final List<String> LIBRARIES =
      List.of(
          "cublas.so.13",
          "cublasLt.so.13",
          "cudnn.so.9",
          "cudnn_graph.so.9",
          "cudnn_ops.so.9",
          "cudnn_cnn.so.9",
          "cudnn_adv.so.9");

  @ParameterizedTest
  @CsvSource({
    "gemm, 77x40x72, cuBLAS 13.1.2",
    "convolution, 2x3x5x8x16, cuDNN 9.25.1",
    "attention, 2x5x9x3x16, cuBLAS 13.1.2"
  })
  void theLibrariesAreAskedForTheRightThing(
      String ladder, String shape, String version, @TempDir Path folder) throws Exception {
    assumeTrue(onPath("gcc"), "gcc is missing: the libraries cannot be built");
    var driver = Objects.requireNonNull(MockGpu.build().getParent());
    var source = MockGpu.root().resolve("hubble-bench/src/test/cuda/fake_libraries.c");
    var first = folder.resolve("first.so");
    for (var name : LIBRARIES) {
      var file = folder.resolve("lib" + name);
      if (!Files.exists(first)) {
        run(
            "",
            List.of(
                "gcc",
                "-O1",
                "-shared",
                "-fPIC",
                "-Wall",
                "-Wextra",
                "-Werror",
                source.toString(),
                "-o",
                first.toString()));
      }
      Files.copy(first, file);
    }
    Files.delete(first);
    var said = run(folder + ":" + driver, program(ladder, shape));
    var baseline = Baseline.parse("?", said);
    assertThat(baseline.reason()).as(said).isEmpty();
    assertThat(baseline.name()).isEqualTo(version);
    assertThat(baseline.millis()).isPositive().isFinite();
  }

  @Test
  void aMissingLibraryIsNamed() throws Exception {
    var driver = Objects.requireNonNull(MockGpu.build().getParent());
    var baseline =
        Baseline.parse("cuDNN", run(driver.toString(), program("convolution", "1x1x1x8x8")));
    assumeTrue(!baseline.reason().isEmpty(), "this host has cuDNN");
    assertThat(baseline.reason()).startsWith("not on this host: libcudnn");
  }

  @Test
  void whatABaselinesProcessSaysIsUnderstood() {
    assertThat(Baseline.parse("cuBLAS", "# a library's chatter\ntime 0.125 cuBLAS 13.1.0\n"))
        .isEqualTo(new Baseline("cuBLAS 13.1.0", 0.125, ""));
    var none = Baseline.parse("cuDNN", "none not on this host: libcudnn.so.9\n");
    assertThat(none.millis()).isNaN();
    assertThat(none.reason()).isEqualTo("not on this host: libcudnn.so.9");
    assertThat(Baseline.parse("cuBLAS", "# SIGSEGV | here\nits process ended with 134").reason())
        .isEqualTo("its process ended with 134");
    assertThat(Baseline.parse("cuBLAS", "").reason()).isEqualTo("it said nothing");
  }

  private static List<String> program(String ladder, String shape) {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(BaselineProgram.class.getName(), ladder, "0", shape, "1"));
    return command;
  }

  private static String run(String libraries, List<String> command)
      throws IOException, InterruptedException {
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("LD_LIBRARY_PATH", libraries);
    var process = builder.start();
    var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }

  private static boolean onPath(String program) {
    return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(":"))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }
}
