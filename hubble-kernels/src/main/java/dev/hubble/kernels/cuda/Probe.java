// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Locale;

/// Whether this machine has an NVIDIA driver that Hubble can use, found out in a few milliseconds
/// and without leaving anything behind.
///
/// Asks the driver's library directly: loading JavaCPP's bindings where there is no driver takes
/// longer, unpacks files into the user's home and poisons their classes.
///
/// @param devices how many GPUs there are; 0 if they cannot be used
/// @param driver what the driver supports: 13000 is CUDA 13.0; 0 if there is none
/// @param reason why they cannot be used, and what to do; empty if they can
@SuppressWarnings("restricted") // calling the driver is what this is for
record Probe(int devices, int driver, String reason) {
  /// The oldest driver that the cubins and the bindings run on.
  static final int NEEDED = 13000;

  private static final int NO_DEVICE = 100;

  private static final String GET_DRIVER =
      "install the NVIDIA driver 580 or later (https://www.nvidia.com/drivers)";

  /// Asks the driver of this machine.
  static Probe run() {
    var os = System.getProperty("os.name", "");
    var arch = System.getProperty("os.arch", "");
    if (!os.toLowerCase(Locale.ROOT).startsWith("linux") || !arch.equals("amd64")) {
      return none("Hubble uses NVIDIA GPUs on Linux x86-64 only, and this is " + os + " " + arch);
    }
    return run("libcuda.so.1");
  }

  /// Asks the driver in the library `name`.
  static Probe run(String name) {
    try (var arena = Arena.ofConfined()) {
      var driver = SymbolLookup.libraryLookup(name, arena);
      var obstacle = Bindings.obstacle();
      return obstacle.isEmpty() ? ask(driver, arena) : none(obstacle);
    } catch (IllegalArgumentException e) {
      return none("there is no NVIDIA driver here (" + name + "); " + GET_DRIVER);
    } catch (IllegalCallerException e) {
      return none(
          "Java was told not to load native libraries; start it with --enable-native-access=ALL-UNNAMED");
    }
  }

  private static Probe ask(SymbolLookup driver, Arena arena) {
    // One form for all: making a handle is what takes the time here. A number is as good in a whole
    // register as in half of it.
    var any = Linker.nativeLinker().downcallHandle(FunctionDescriptor.of(JAVA_INT, JAVA_LONG));
    var number = arena.allocate(JAVA_INT);
    int error = call(any, driver, "cuDriverGetVersion", number.address());
    int version = number.get(JAVA_INT, 0);
    if (error != 0) {
      return none(Errors.sentence(error, "cuDriverGetVersion"));
    }
    if (version < NEEDED) {
      return new Probe(
          0,
          version,
          "the NVIDIA driver supports CUDA %d.%d, and Hubble needs 13.0: %s"
              .formatted(version / 1000, version % 1000 / 10, GET_DRIVER));
    }
    var last = "cuInit";
    error = call(any, driver, last, 0);
    if (error == 0) {
      last = "cuDeviceGetCount";
      error = call(any, driver, last, number.address());
    }
    int devices = number.get(JAVA_INT, 0);
    if (error == NO_DEVICE || (error == 0 && devices == 0)) {
      return new Probe(
          0,
          version,
          "the NVIDIA driver finds no GPU (if there is one: CUDA_VISIBLE_DEVICES may hide it, or this container was started without --gpus all)");
    }
    if (error != 0) {
      return new Probe(0, version, Errors.sentence(error, last));
    }
    return new Probe(devices, version, "");
  }

  private static Probe none(String reason) {
    return new Probe(0, 0, reason);
  }

  private static int call(MethodHandle any, SymbolLookup driver, String name, long argument) {
    var symbol =
        driver
            .find(name)
            .orElseThrow(() -> new IllegalArgumentException("no " + name + " in the driver"));
    try {
      return (int) any.invokeExact(symbol, argument);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /// `CUDA 13.0`
  String version() {
    return "CUDA %d.%d".formatted(driver / 1000, driver % 1000 / 10);
  }
}
