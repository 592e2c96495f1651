// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The command as a user with a GPU starts it, in a process of its own, whose driver runs the
/// kernels on the CPU.
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class GpuProcessTest {
  private static final Path ROOT =
      Path.of(System.getProperty("hubble.root", "..")).toAbsolutePath();
  private static final Path DRIVER = ROOT.resolve("hubble-kernels/target/mock-driver");
  private static final List<String> SMALL =
      List.of("a galaxy", "--steps", "1", "--width", "64", "--height", "64", "--seed", "1");

  @TempDir Path folder;
  private final Map<String, String> environment = new HashMap<>();
  private final List<String> flags = new ArrayList<>();

  private record Result(int exitCode, String out, String err) {}

  @BeforeAll
  static void buildTheDriver() throws Exception {
    assumeTrue(
        Stream.of(System.getenv("PATH").split(":"))
            .anyMatch(path -> Files.isExecutable(Path.of(path, "g++"))),
        "g++ is missing: the mock CUDA driver cannot be built");
    var script = ROOT.resolve("hubble-kernels/src/test/cuda/build-mock.sh");
    var build =
        new ProcessBuilder("bash", script.toString(), DRIVER.toString())
            .redirectErrorStream(true)
            .start();
    var said = new String(build.getInputStream().readAllBytes(), UTF_8);
    assertThat(build.waitFor()).as(said).isZero();
  }

  /// Runs the command on the mock driver.
  private Result run(List<String> arguments) throws Exception {
    environment.put("LD_LIBRARY_PATH", DRIVER.toString());
    return runOnThisMachine(arguments);
  }

  private Result runOnThisMachine(List<String> arguments) throws Exception {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of("--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"));
    command.add("-Xmx1g");
    command.addAll(flags);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(arguments);
    var err = folder.resolve("err");
    var builder =
        new ProcessBuilder(command).directory(folder.toFile()).redirectError(err.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("HUBBLE_"));
    builder.environment().remove("LD_LIBRARY_PATH");
    builder.environment().putAll(environment);
    var process = builder.start();
    var out = new String(process.getInputStream().readAllBytes(), UTF_8);
    return new Result(process.waitFor(), out, said(err));
  }

  /// What stands on stderr, but for the JVM's own greeting.
  private static String said(Path err) throws IOException {
    return String.join(
        "\n",
        Files.readAllLines(err).stream().filter(l -> !l.contains("incubator modules")).toList());
  }

  private static List<String> small(String... more) {
    return Stream.concat(SMALL.stream(), Stream.of(more)).toList();
  }

  @Test
  void doctorShowsTheGpuAndTheKernelsThatItRuns() throws Exception {
    environment.put("HUBBLE_MOCK_CAPABILITY", "8.6");
    environment.put("HUBBLE_MOCK_MEMORY", "85000000000");
    var result = run(List.of("doctor"));
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.out().lines().filter(line -> line.contains("cuda:")))
        .singleElement()
        .asString()
        .matches(
            "device   cuda:0: Hubble mock GPU sm_86, compute capability 8\\.6, "
                + "8\\d\\.\\d of 85\\.0 GB free, driver for CUDA 13\\.0, kernels for sm_80, f16");
  }

  @Test
  void aPictureIsDrawnOnTheGpu() throws Exception {
    var report = folder.resolve("driver.txt");
    environment.put("HUBBLE_MOCK_REPORT", report.toString());
    var result = run(small("--device", "cuda", "--dtype", "f16", "-o", "gpu.png"));
    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.err()).isEmpty();
    assertThat(result.out().strip()).endsWith("gpu.png");
    assertThat(Files.readAllLines(report))
        .contains("live bytes 0", "live objects 0")
        .anyMatch(line -> line.matches("launches [1-9]\\d\\d.*"));
    var cpu = run(small("--device", "cpu", "-o", "cpu.png"));
    assertThat(cpu.exitCode()).as(cpu.err()).isZero();
    assertThat(alike(folder.resolve("gpu.png"), folder.resolve("cpu.png"))).isGreaterThan(40);
  }

  /// PSNR in dB of two pictures of 64x64 that are no single colour.
  private static double alike(Path one, Path other) throws IOException {
    var a = ImageIO.read(one.toFile());
    var b = ImageIO.read(other.toFile());
    assertThat(a.getWidth()).isEqualTo(b.getWidth()).isEqualTo(64);
    assertThat(a.getHeight()).isEqualTo(b.getHeight()).isEqualTo(64);
    double sum = 0;
    Set<Integer> colours = new HashSet<>();
    for (int i = 0; i < 64 * 64; i++) {
      int p = a.getRGB(i % 64, i / 64);
      int q = b.getRGB(i % 64, i / 64);
      colours.add(p);
      for (int shift = 0; shift < 24; shift += 8) {
        sum += Math.pow((p >> shift & 255) - (q >> shift & 255), 2);
      }
    }
    assertThat(colours).hasSizeGreaterThan(100);
    return 10 * Math.log10(255.0 * 255 * 64 * 64 * 3 / sum);
  }

  @ParameterizedTest
  @CsvSource({
    "HUBBLE_MOCK_DRIVER, 12040, supports CUDA 12.4 and Hubble needs 13.0",
    "HUBBLE_MOCK_DEVICES, 0, finds no GPU",
    "HUBBLE_MOCK_CAPABILITY, 7.5, 8.0 or later",
    "HUBBLE_MOCK_MEMORY, 8000000, memory" // less than the weights alone
  })
  void whatIsWrongIsSaidInASentence(String variable, String value, String words) throws Exception {
    environment.put(variable, value);
    var result = run(small("--device", "cuda"));
    assertThat(result.exitCode()).as(result.err()).isEqualTo(ExitCode.FAILED);
    assertThat(result.out()).isEmpty();
    assertThat(result.err().lines()).hasSize(1);
    assertThat(result.err().replace(",", "")).contains(words);
  }

  @Test
  void withoutADriverThePictureIsRefusedOnTheGpuAndDrawnUnderAuto() throws Exception {
    assumeFalse(Files.exists(Path.of("/dev/nvidiactl")), "there is a driver here");
    var refused = runOnThisMachine(small("--device", "cuda"));
    assertThat(refused.exitCode()).isEqualTo(ExitCode.FAILED);
    assertThat(refused.err())
        .startsWith("The device cuda cannot be used: there is no NVIDIA driver here");
    flags.add("-Dhubble.cuda.auto=true");
    var drawn = runOnThisMachine(small("-o", "cpu.png"));
    assertThat(drawn.exitCode()).as(drawn.err()).isZero();
    assertThat(drawn.err())
        .contains("The GPU is not used, but the CPU: there is no NVIDIA driver here");
    assertThat(ImageIO.read(folder.resolve("cpu.png").toFile()).getWidth()).isEqualTo(64);
  }
}
