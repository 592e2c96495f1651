// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.hubble.kernels.DType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.SymbolLookup;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/// A `libcuda.so.1` in which the kernels run on the CPU, for machines without a GPU. Loaded before
/// anything asks for the driver, it is the driver of this Java process.
@SuppressWarnings("restricted") // to look into the mock
public final class MockDriver {
  private static final Object LOCK = new Object();
  private static @Nullable SymbolLookup library;

  private MockDriver() {}

  /// Builds and loads the mock; skips the calling test where that cannot be. With
  /// `-Dhubble.cuda.driver=real` there is none, and the tests run on this machine's GPU.
  public static void load() {
    if (isReal()) {
      return;
    }
    synchronized (LOCK) {
      if (library == null) {
        var file = build();
        System.load(file.toString());
        library = SymbolLookup.libraryLookup(file, Arena.global());
      }
    }
  }

  /// Whether the tests run on this machine's GPU, where nobody counts calls.
  static boolean isReal() {
    return System.getProperty("hubble.cuda.driver", "mock").equals("real");
  }

  /// Builds the mock and says where it is.
  public static Path build() {
    Assumptions.assumeTrue(
        System.getProperty("os.arch").equals("amd64")
            && System.getProperty("os.name").startsWith("Linux"),
        "the mock CUDA driver runs on Linux x86-64 only");
    Assumptions.assumeTrue(
        compiler().isPresent(), "g++ is missing: the mock driver cannot be built");
    var root = root();
    var out = root.resolve("hubble-kernels/target/mock-driver");
    try {
      Files.createDirectories(out);
      var process =
          new ProcessBuilder(
                  "bash",
                  root.resolve("hubble-kernels/src/test/cuda/build-mock.sh").toString(),
                  out.toString())
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

  /// The folder of the whole project.
  static Path root() {
    return Path.of(System.getProperty("hubble.root", "..")).toAbsolutePath().normalize();
  }

  private static Optional<Path> compiler() {
    return Arrays.stream(System.getenv("PATH").split(":"))
        .map(folder -> Path.of(folder, "g++"))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /// The backend on the mock, with recycled memory poisoned.
  public static CudaOps open(DType dtype) {
    load();
    return new CudaOps(Device.open(0, LaunchQueue.Mode.GRAPHS), dtype, true);
  }

  /// The same, with Hopper's copy engine used for products of any size.
  static CudaOps openWithCopies(DType dtype) {
    load();
    return new CudaOps(Device.open(0, LaunchQueue.Mode.GRAPHS), dtype, true, HopperUse.asked(true));
  }

  /// Bytes of device memory that have not been given back.
  static long liveBytes() {
    return number("hubbleMockLiveBytes");
  }

  /// Allocations, streams, events, modules, graphs and contexts that have not been given back.
  static long liveObjects() {
    return number("hubbleMockLiveObjects");
  }

  /// Kernels launched so far.
  static long launches() {
    return number("hubbleMockLaunches");
  }

  /// How many of them in clusters of several blocks.
  static long clusterLaunches() {
    return number("hubbleMockClusterLaunches");
  }

  /// Makes calls fail from now on: `cuMemAlloc:3` or `cuMemAlloc:3:719`; nothing for "".
  static void fail(String spec) {
    try (var arena = Arena.ofConfined()) {
      handle("hubbleMockFail", FunctionDescriptor.ofVoid(ADDRESS)).invoke(arena.allocateFrom(spec));
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /// How often a function has been called.
  static long calls(String name) {
    try (var arena = Arena.ofConfined()) {
      return (long)
          handle("hubbleMockCalls", FunctionDescriptor.of(JAVA_LONG, ADDRESS))
              .invoke(arena.allocateFrom(name));
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private static long number(String name) {
    try {
      return (long) handle(name, FunctionDescriptor.of(JAVA_LONG, new MemoryLayout[0])).invoke();
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private static java.lang.invoke.MethodHandle handle(String name, FunctionDescriptor type) {
    load();
    return Linker.nativeLinker()
        .downcallHandle(Objects.requireNonNull(library).find(name).orElseThrow(), type);
  }
}
