// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a picture of 512x512 asks of a GPU, known without one: the full-size networks run through
/// the whole backend on a driver that counts and does nothing else.
@Tag("full-size")
@RequiresFullSize
class DeviceUseTest {
  private static final long LIMIT = 2_400_000_000L;
  private static final Pattern CALL =
      Pattern.compile("call (\\d+) of image (\\d+): kernels (\\d+) copies (\\d+) graphs (\\d+)");

  @Test
  void aPictureFitsAndIsPlayedFromGraphs(@TempDir Path folder)
      throws IOException, InterruptedException {
    assumeTrue(
        System.getProperty("os.name").startsWith("Linux")
            && System.getProperty("os.arch").equals("amd64"),
        "the counting driver is for Linux x86-64");
    assumeTrue(onPath("gcc"), "gcc is missing: the counting driver cannot be built");
    var driver = folder.resolve("libcuda.so.1");
    var source =
        Path.of(System.getProperty("hubble.root", ".."))
            .resolve("hubble-bench/src/test/cuda/counting_driver.c")
            .toAbsolutePath();
    run(
        folder,
        List.of(
            "gcc",
            "-shared",
            "-fPIC",
            "-O1",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-fvisibility=hidden",
            "-Wl,-soname,libcuda.so.1",
            source.toString(),
            "-o",
            driver.toString()));
    var said =
        run(
            folder,
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx1g",
                "-cp",
                System.getProperty("java.class.path"),
                DeviceUse.class.getName(),
                driver.toString(),
                "F16"));
    System.out.println(said);
    assertThat(number(said, "peak (\\d+)")).as("bytes of device memory").isBetween(2L << 30, LIMIT);
    assertThat(number(said, "left (\\d+)")).as("bytes not given back").isZero();
    var calls = CALL.matcher(said).results().toList();
    assertThat(calls).hasSize(18);
    for (var call : calls) {
      int nth = Integer.parseInt(call.group(1));
      int image = Integer.parseInt(call.group(2));
      int single = Integer.parseInt(call.group(3)) + Integer.parseInt(call.group(4));
      int graphs = Integer.parseInt(call.group(5));
      // A first time, and a second, at which it is recorded.
      if (nth >= 2 || (image > 0 && nth >= 1)) {
        assertThat(graphs).as(call.group()).isBetween(1, 12);
        // What reads or writes latents, which are somewhere else after each step.
        assertThat(single).as(call.group()).isLessThanOrEqualTo(36);
      }
    }
  }

  private static String run(Path folder, List<String> command)
      throws IOException, InterruptedException {
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("LD_LIBRARY_PATH", folder.toString());
    var process = builder.start();
    var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }

  private static long number(String text, String pattern) {
    var matcher = Pattern.compile(pattern).matcher(text);
    assertThat(matcher.find()).as(text).isTrue();
    return Long.parseLong(matcher.group(1));
  }

  private static boolean onPath(String program) {
    return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(":"))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }
}
