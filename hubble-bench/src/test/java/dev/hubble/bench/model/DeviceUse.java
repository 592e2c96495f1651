// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.model;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.hubble.kernels.Backends;
import dev.hubble.kernels.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;

/// Draws with the full-size networks on a driver that only counts, and prints what it counted: a
/// program of its own, because a Java process has one driver.
@SuppressWarnings("restricted") // to look into the driver
final class DeviceUse {
  private static final int STEPS = 8;

  private DeviceUse() {}

  /// Counters of the driver, in its order.
  private record Counts(
      long kernels, long copies, long graphs, long recorded, long live, long peak) {
    static Counts of(MemorySegment at) {
      return new Counts(
          at.getAtIndex(JAVA_LONG, 0),
          at.getAtIndex(JAVA_LONG, 1),
          at.getAtIndex(JAVA_LONG, 2),
          at.getAtIndex(JAVA_LONG, 3),
          at.getAtIndex(JAVA_LONG, 4),
          at.getAtIndex(JAVA_LONG, 5));
    }
  }

  /// Draws.
  ///
  /// @param args the driver, the format
  public static void main(String[] args) {
    var counters =
        SymbolLookup.libraryLookup(args[0], Arena.global())
            .find("counting_calls")
            .orElseThrow()
            .reinterpret(6 * Long.BYTES);
    try (var ops = Backends.open("cuda", new Backends.Options(0).dtype(DType.valueOf(args[1])))) {
      var picture = new FullSizePicture(ops);
      System.out.println("weights " + Counts.of(counters).live);
      for (int image = 0; image < 2; image++) {
        var before = new Counts[] {Counts.of(counters)};
        int which = image;
        picture.draw(
            STEPS,
            call -> {
              var now = Counts.of(counters);
              System.out.printf(
                  "call %d of image %d: kernels %d copies %d graphs %d%n",
                  call,
                  which,
                  now.kernels - before[0].kernels,
                  now.copies - before[0].copies,
                  now.graphs - before[0].graphs);
              before[0] = now;
            });
      }
      System.out.println("peak " + Counts.of(counters).peak);
      System.out.println("tensors " + ops.peakBytes());
    }
    System.out.println("left " + Counts.of(counters).live);
  }
}
