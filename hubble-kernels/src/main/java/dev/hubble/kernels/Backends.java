// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels;

import dev.hubble.kernels.cpu.ConvolutionPolicy;
import dev.hubble.kernels.cpu.CpuOps;
import dev.hubble.kernels.cpu.SelfCheck;
import dev.hubble.kernels.cpu.WarmUp;
import dev.hubble.kernels.cuda.Gpus;
import dev.hubble.kernels.reference.ReferenceOps;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Finds and opens the backends of this machine.
public final class Backends {
  private static final String CUDA = "cuda";

  private Backends() {}

  /// What is known about one backend on this machine.
  ///
  /// @param device the name for [#open]: `cuda:0`, `cpu`, `reference`
  /// @param available whether [#open] would succeed
  /// @param detail what it is, or why it is not available and what to do about it
  public record Report(String device, boolean available, String detail) {}

  /// How a backend is opened.
  ///
  /// @param threads how many threads compute; 0 for one per available core
  /// @param precision how much rounding may be traded for speed
  /// @param dtype the format in which a GPU computes, and in which the CPU, which computes in
  ///   `F32`, keeps weights; null for what suits the device: `F16` on a GPU, `F32` elsewhere
  /// @param lowMemory whether weights stay as small as they are, which is slower on the CPU
  public record Options(
      int threads, Precision precision, @Nullable DType dtype, boolean lowMemory) {
    /// One thread per available core, fast.
    public static final Options DEFAULT = new Options(0);

    /// The given number of threads, fast.
    public Options(int threads) {
      this(threads, Precision.FAST);
    }

    /// The given number of threads, and the format that suits the device.
    public Options(int threads, Precision precision) {
      this(threads, precision, null, false);
    }

    /// The same in another format.
    public Options dtype(@Nullable DType other) {
      return new Options(threads, precision, other, lowMemory);
    }

    /// The same with weights as small as they are, or in the forms that are fastest.
    public Options lowMemory(boolean other) {
      return new Options(threads, precision, dtype, other);
    }
  }

  /// Opens the backend `device`: `auto` (the fastest that works; if a GPU does not, the reason is
  /// logged), `cuda` or `cuda:N` for a GPU, `cpu` or `reference`.
  ///
  /// @throws IllegalArgumentException if there is no such backend, or it does not compute in the
  ///   format asked for
  /// @throws DeviceException if it cannot work here; the message says why
  public static Ops open(String device, Options options) {
    if (device.equals(CUDA) || device.startsWith(CUDA + ":")) {
      return Gpus.open(device, options.dtype());
    }
    return switch (device) {
      case "auto" -> auto(options);
      case "cpu" -> cpu(options);
      case "reference" -> {
        var dtype = options.dtype();
        if (dtype != null && dtype != DType.F32) {
          throw new IllegalArgumentException(
              "The device reference computes in f32 only; f16 and bf16 are for cuda and cpu.");
        }
        yield new ReferenceOps();
      }
      default ->
          throw new IllegalArgumentException(
              "There is no device \""
                  + device
                  + "\"; there are auto, cuda, cuda:N, cpu and reference.");
    };
  }

  private static Ops auto(Options options) {
    if (Gpus.chosenByAuto()) {
      try {
        return Gpus.open(CUDA, options.dtype());
      } catch (DeviceException e) {
        System.getLogger("dev.hubble.kernels")
            .log(Level.INFO, "The GPU is not used, but the CPU: {0}", e.getMessage());
      }
    }
    return open("cpu", options);
  }

  private static Ops cpu(Options options) {
    var policy =
        options.lowMemory()
            ? ConvolutionPolicy.lowMemory(options.precision())
            : ConvolutionPolicy.of(options.precision());
    var dtype = options.dtype();
    return new CpuOps(options.threads(), policy, dtype == null ? DType.F32 : dtype);
  }

  /// Every backend that Hubble knows, the fastest first, and whether it works here.
  public static List<Report> report() {
    var all = new ArrayList<Report>();
    for (var gpu : Gpus.names()) {
      all.add(describe(gpu));
    }
    all.add(describe("cpu"));
    all.add(describe("reference"));
    return List.copyOf(all);
  }

  /// Begins to run the processor's inner loops beside whatever comes next, for who is about to open
  /// a device and wants the JVM to compile them meanwhile: the command line, which draws one
  /// picture and ends. Does nothing for a device that has no use for them.
  public static void warmUp(String device) {
    if (device.equals("auto") || device.equals("cpu")) {
      WarmUp.start();
    }
  }

  /// How fast the CPU's kernels are in this JVM, and beside what, in a line. Takes up to two
  /// seconds.
  public static String cpuSpeed() {
    return SelfCheck.report();
  }

  private static Report describe(String device) {
    try (var ops = open(device, Options.DEFAULT)) {
      return new Report(device, true, ops.description());
    } catch (IllegalArgumentException | IllegalStateException | DeviceException e) {
      return new Report(device, false, String.valueOf(e.getMessage()));
    }
  }
}
