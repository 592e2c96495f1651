// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.kernels.Backends;
import dev.hubble.kernels.HostTensor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Which kernels a JVM gets, tried in JVMs of their own.
final class KernelChoiceTest {
  /// Run by the tests below.
  static final class Main {
    public static void main(String[] args) {
      for (int i = 0; i < 2; i++) {
        try (var ops = Backends.open("auto", new Backends.Options(1))) {
          System.out.println(ops.description());
          var w = ops.linearWeight(HostTensor.of(new float[] {1, 2, 3, 4}, 2, 2));
          var x = ops.upload(new float[] {10, 1}, 1, 2);
          System.out.println(ops.linear(x, w, null).toArray()[1]);
        }
      }
    }
  }

  @Test
  void withoutTheModuleItIsPlainJavaAndOneWarning() throws Exception {
    var output = run("-Xlog:class+load");
    assertThat(output.lines().filter(l -> l.startsWith("cpu: plain Java"))).hasSize(2);
    assertThat(output.lines().filter(l -> l.equals("34.0"))).hasSize(2);
    assertThat(output.lines().filter(l -> l.contains("--add-modules jdk.incubator.vector")))
        .singleElement()
        .asString()
        .containsIgnoringCase("warn");
    assertThat(output)
        .contains("dev.hubble.kernels.cpu.PlainKernels")
        .doesNotContain("dev.hubble.kernels.cpu.vector.")
        .doesNotContain("jdk.incubator.vector.FloatVector");
  }

  @Test
  void withTheModuleItIsTheVectorApi() throws Exception {
    var output = run("--add-modules", "jdk.incubator.vector");
    assertThat(output)
        .contains("cpu: Vector API, ")
        .contains("34.0")
        .doesNotContain("--add-modules");
  }

  @Test
  void aWidthCanBeForced() throws Exception {
    assertThat(run("--add-modules", "jdk.incubator.vector", "-Dhubble.vector.bits=128"))
        .contains("cpu: Vector API, 128-bit, 1 thread");
    assertThat(run("--add-modules", "jdk.incubator.vector", "-Dhubble.vector.bits=0"))
        .contains("cpu: plain Java")
        .doesNotContain("--add-modules");
    assertThat(run("--add-modules", "jdk.incubator.vector", "-Dhubble.vector.bits=96"))
        .contains("hubble.vector.bits is 96; it must be 512, 256, 128 or 0");
  }

  private static String run(String... options) throws IOException, InterruptedException {
    var command = new ArrayList<String>();
    command.add(System.getProperty("java.home") + "/bin/java");
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (var in = process.getInputStream()) {
      var output = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      process.waitFor();
      return output;
    }
  }
}
