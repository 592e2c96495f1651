// SPDX-License-Identifier: Apache-2.0
package dev.hubble.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.hubble.kernels.Backends;
import dev.hubble.kernels.DType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// A GPU works when it pleases. The mock driver, asked to be lazy, works as late as it may, when
/// somebody waits for it: what reads a result without having waited gets another picture.
final class LazyStreamsTest {
  private static final int STEPS = 2;

  @Test
  void whatIsReadHasBeenWaitedFor() throws IOException, InterruptedException {
    assumeFalse(
        System.getProperty("hubble.cuda.driver", "mock").equals("real"), "no GPU can be asked");
    MockGpu.load();
    assertThat(lazily()).isEqualTo("picture " + draw());
  }

  /// What [#main] says in a process of its own: the driver is asked once in each.
  private static String lazily() throws IOException, InterruptedException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--add-modules=jdk.incubator.vector");
    command.add("--enable-native-access=ALL-UNNAMED");
    for (var name : System.getProperties().stringPropertyNames()) {
      if (name.startsWith("hubble.")) {
        command.add("-D" + name + "=" + System.getProperty(name));
      }
    }
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(LazyStreamsTest.class.getName());
    var builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().put("HUBBLE_MOCK_LAZY", "1");
    var process = builder.start();
    var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said.lines().filter(line -> line.startsWith("picture ")).findFirst().orElse(said);
  }

  /// Draws, and says a number that stands for the picture.
  public static void main(String[] args) {
    MockGpu.load();
    System.out.println("picture " + draw());
  }

  private static int draw() {
    try (var ops = Backends.open("cuda", new Backends.Options(0).dtype(DType.F16))) {
      var run = PipelineTest.run(Reference.tinySd(ops), PipelineTest.job(STEPS, 1, ""));
      return Arrays.hashCode(run.images());
    }
  }
}
