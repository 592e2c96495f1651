// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.kernels.Backends;
import dev.hubble.kernels.HostTensor;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The check at the start, in JVMs of their own.
final class SelfCheckTest {
  /// Opens backends, computes for a second and waits until the check, if there is one, has ended.
  static final class Main {
    public static void main(String[] args) throws InterruptedException {
      Backends.open("cpu", new Backends.Options(1)).close();
      var check =
          Thread.getAllStackTraces().keySet().stream()
              .filter(thread -> thread.getName().equals("hubble-selfcheck"))
              .findFirst();
      if (check.isPresent()) {
        System.out.println("checking");
      }
      try (var ops = Backends.open("cpu", new Backends.Options(1))) {
        var w = ops.linearWeight(HostTensor.of(new float[64 * 64], 64, 64));
        var x = ops.upload(new float[12 * 64], 12, 64);
        long end = System.nanoTime() + 1_000_000_000;
        while (System.nanoTime() < end) {
          ops.linear(x, w, null);
        }
      }
      if (check.isPresent()) {
        check.get().join();
      }
    }
  }

  @Test
  void isSilentWhereAllIsWell() throws Exception {
    assertThat(run()).containsExactly("checking");
  }

  @Test
  void warnsOnceOfTheInterpreter() throws Exception {
    assertThat(run("-Xint"))
        .filteredOn(line -> !line.equals("checking"))
        .singleElement()
        .asString()
        .contains("The cpu backend is many times slower than it could be")
        .contains("start it without -Xint");
  }

  @Test
  void warnsWithoutTheOptimisingCompiler() throws Exception {
    assertThat(run("-XX:TieredStopAtLevel=1"))
        .filteredOn(line -> line.contains("start it without -XX:TieredStopAtLevel"))
        .hasSize(1);
  }

  @Test
  void canBeSwitchedOff() throws Exception {
    assertThat(run("-Xint", "-Dhubble.selfcheck=off")).isEmpty();
  }

  @Test
  void leavesPlainJavaAlone() throws Exception {
    assertThat(run("-Dhubble.vector.bits=0")).isEmpty();
  }

  @Test
  void reportsTheWidthAndTheSpeed() {
    assertThat(SelfCheck.report()).contains("GFLOP/s on one core").contains("times a plain loop");
  }

  /// What it prints, without what the JVM says itself and the logger's line about time and place.
  private static List<String> run(String... options) throws Exception {
    var command = new ArrayList<String>();
    command.add(System.getProperty("java.home") + "/bin/java");
    command.addAll(List.of("--add-modules", "jdk.incubator.vector"));
    command.add("-Djava.util.logging.SimpleFormatter.format=%5$s%n");
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (var in = process.getInputStream()) {
      var output = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).as(output).isZero();
      return output.lines().filter(line -> !line.startsWith("WARNING: Using incubator")).toList();
    }
  }
}
