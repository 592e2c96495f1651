// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels;

import dev.hubble.kernels.cpu.ConvolutionPolicy;
import dev.hubble.kernels.cpu.CpuOps;
import dev.hubble.kernels.reference.ReferenceOps;
import java.util.List;

/// Finds and opens the backends of this machine.
public final class Backends {
  private Backends() {}

  /// What is known about one backend on this machine.
  ///
  /// @param device the name for [#open]: `cpu`, `reference`
  /// @param available whether [#open] would succeed
  /// @param detail what it is, or why it is not available and what to do about it
  public record Report(String device, boolean available, String detail) {}

  /// How a backend is opened.
  ///
  /// @param threads how many threads compute; 0 for one per available core
  /// @param precision how much rounding may be traded for speed
  public record Options(int threads, Precision precision) {
    /// One thread per available core, fast.
    public static final Options DEFAULT = new Options(0);

    /// The given number of threads, fast.
    public Options(int threads) {
      this(threads, Precision.FAST);
    }
  }

  /// Opens the backend `device`: `auto` (the fastest that works), `cpu` or `reference`.
  ///
  /// @throws IllegalArgumentException if there is no such backend, or it cannot work here; the
  ///   message says why
  public static Ops open(String device, Options options) {
    return switch (device) {
      case "auto", "cpu" ->
          new CpuOps(options.threads(), ConvolutionPolicy.of(options.precision()), DType.F32);
      case "reference" -> new ReferenceOps();
      default ->
          throw new IllegalArgumentException(
              "There is no device \"" + device + "\"; there are auto, cpu and reference.");
    };
  }

  /// Every backend that Hubble knows, the fastest first, and whether it works here.
  public static List<Report> report() {
    return List.of(describe("cpu"), describe("reference"));
  }

  private static Report describe(String device) {
    try (var ops = open(device, Options.DEFAULT)) {
      return new Report(device, true, ops.description());
    } catch (IllegalArgumentException | IllegalStateException e) {
      return new Report(device, false, String.valueOf(e.getMessage()));
    }
  }
}
