// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// How soon `auto` knows that there is no GPU for it, and why: in new processes, as a user starts
/// them.
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
final class AutoFallbackTest {
  private static final int RUNS = 3;
  private static final double LIMIT = 50; // ms
  // A first call of a native function takes Java longer than that.
  private static final double ASKING = 250;
  private static final String CUDART = "org/bytedeco/cuda/linux-x86_64/libcudart.so.13";
  private static final Pattern SAID =
      Pattern.compile("cpu ([\\d.]+) wall ([\\d.]+): (.*)", Pattern.DOTALL);

  @TempDir Path folder;

  /// What a process said, and the classes that it loaded.
  private record Answer(double cpu, double wall, String reason, List<String> classes) {}

  private Answer ask(String classPath, Map<String, String> environment)
      throws IOException, InterruptedException {
    var loaded = folder.resolve("classes");
    var builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Xlog:class+load:file=" + loaded,
                "-Dorg.bytedeco.javacpp.cachedir=" + folder.resolve("cache"),
                "-cp",
                classPath,
                AutoFallback.class.getName())
            .redirectErrorStream(true);
    builder.environment().remove("LD_LIBRARY_PATH");
    builder.environment().putAll(environment);
    var process = builder.start();
    var said = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
    var matcher = SAID.matcher(said);
    assertThat(process.waitFor()).as(said).isZero();
    assertThat(matcher.find()).as(said).isTrue();
    return new Answer(
        Double.parseDouble(matcher.group(1)),
        Double.parseDouble(matcher.group(2)),
        matcher.group(3),
        Files.readAllLines(loaded));
  }

  /// Asks a few times. The limit is for the least of the times, and for those of the processor:
  /// what else the machine does is not counted.
  private void assertSaid(
      String classPath, Map<String, String> environment, String reason, double limit)
      throws IOException, InterruptedException {
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < RUNS; i++) {
      var answer = ask(classPath, environment);
      System.out.printf(
          "no GPU after %.1f ms, %.1f ms of the processor: %s%n",
          answer.wall, answer.cpu, answer.reason);
      assertThat(answer.reason).contains(reason);
      assertThat(answer.classes).noneMatch(line -> line.contains("org.bytedeco"));
      least = Math.min(least, answer.cpu);
    }
    assertThat(least).isLessThan(limit);
  }

  /// What the program needs: a test's own class path is longer than a user's.
  private static String classPath() {
    return Stream.of(System.getProperty("java.class.path").split(":"))
        .filter(entry -> Files.isDirectory(Path.of(entry)) || entry.contains("bytedeco"))
        .collect(joining(":"));
  }

  @Test
  void withoutADriver() throws Exception {
    assumeFalse(Files.exists(Path.of("/dev/nvidiactl")), "there is a driver here");
    assertSaid(classPath(), Map.of(), "there is no NVIDIA driver here", LIMIT);
  }

  @Test
  void withADriverThatIsTooOld() throws Exception {
    assertSaid(
        classPath(),
        Map.of("LD_LIBRARY_PATH", driver(), "HUBBLE_MOCK_DRIVER", "12040"),
        "supports CUDA 12.4",
        ASKING);
  }

  @Test
  void withADriverButNoGpu() throws Exception {
    assertSaid(
        classPath(),
        Map.of("LD_LIBRARY_PATH", driver(), "HUBBLE_MOCK_DEVICES", "0"),
        "finds no GPU",
        ASKING);
  }

  /// In a program whose author left our library out of the jar, or excluded it.
  @Test
  void withoutTheRuntimeLibrary() throws Exception {
    // A system that has it finds this one first, which is none.
    Files.createFile(folder.resolve("libcudart.so.13"));
    assertSaid(
        withoutCudart(),
        Map.of("LD_LIBRARY_PATH", driver() + ":" + folder),
        "libcudart.so.13 could not be loaded",
        LIMIT);
  }

  private static String driver() {
    return String.valueOf(MockDriver.build().getParent());
  }

  /// The class path without our libcudart: what holds it is copied, but for the library.
  private String withoutCudart() throws IOException {
    var all = new ArrayList<String>();
    for (var entry : List.of(classPath().split(":"))) {
      var from = Path.of(entry);
      if (!Files.exists(from.resolve(CUDART))) {
        all.add(entry);
        continue;
      }
      var to = folder.resolve("classes-" + all.size());
      try (var files = Files.walk(from)) {
        for (var file : files.filter(f -> !f.startsWith(from.resolve("org"))).toList()) {
          Files.copy(file, to.resolve(from.relativize(file).toString()));
        }
      }
      all.add(to.toString());
    }
    return String.join(":", all);
  }
}
