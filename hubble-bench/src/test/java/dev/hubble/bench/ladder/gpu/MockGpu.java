// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder.gpu;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Assumptions;

/// The mock CUDA driver with the rungs of the ladders among its kernels, as the driver of this Java
/// process.
@SuppressWarnings("restricted") // the mock is the driver
public final class MockGpu {
  private MockGpu() {}

  /// The folder of the whole project.
  public static Path root() {
    return Path.of(System.getProperty("hubble.root", "..")).toAbsolutePath().normalize();
  }

  /// Builds it if need be and loads it; skips the calling test where g++ is missing. With
  /// `-Dhubble.cuda.driver=real` there is none, and the tests run on this machine's GPU.
  public static void load() {
    if (!System.getProperty("hubble.cuda.driver", "mock").equals("real")) {
      System.load(build().toString());
    }
  }

  /// Builds it if need be and says where it is; skips the calling test where g++ is missing.
  static Path build() {
    Assumptions.assumeTrue(
        System.getProperty("os.arch").equals("amd64")
            && System.getProperty("os.name").startsWith("Linux"),
        "the mock CUDA driver runs on Linux x86-64 only");
    Assumptions.assumeTrue(
        Arrays.stream(System.getenv("PATH").split(":"))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, "g++"))),
        "g++ is missing: the mock CUDA driver cannot be built");
    var out = root().resolve("hubble-bench/target/mock-driver");
    try {
      var process =
          new ProcessBuilder(
                  "bash",
                  root().resolve("hubble-kernels/src/test/cuda/build-mock.sh").toString(),
                  out.toString(),
                  root().resolve("hubble-bench/src/main/cuda").toString())
              .redirectErrorStream(true)
              .start();
      var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new IllegalStateException("the mock driver does not build:\n" + said);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
    return out.resolve("libcuda.so.1");
  }
}
