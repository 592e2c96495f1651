// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

import dev.hubble.kernels.heap.CacheLine;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// How fast the kernels are in this JVM, and how fast a loop that everybody would write is, in
/// operations per second. Their ratio tells compiled vector code from anything else: the Vector API
/// computes the same numbers a thousand times slower where it is not compiled, without a word.
///
/// @param kernel of [Kernels#multiply] on a tile that fits the first cache
/// @param loop of a dot product
record Speed(double kernel, double loop) {
  /// Vectors reached 15 (128-bit) to 60 (512-bit) times the loop where all is well, and a tenth of
  /// it or less where something was not.
  private static final double LEAST = 4;

  /// Calls of a kernel; the fastest counts. A call takes a microsecond or less, so that on a busy
  /// machine most of them are not interrupted.
  private static final int CALLS = 100;

  /// Where everything is slow, so many are not made.
  private static final long BUDGET_NANOS = 5_000_000;

  private static final int ROWS = 6;
  private static final int DEPTH = 64;

  /// Measures: takes less than a millisecond if all is well, ten milliseconds otherwise.
  static Speed measure(Kernels kernels) {
    int panel = kernels.panel();
    float[] a = ones(ROWS * DEPTH);
    float[] b = ones(DEPTH * panel);
    float[] c = CacheLine.array(ROWS * panel);
    int at = CacheLine.FIRST;
    int[] aRows = Rows.list(ROWS, 0, DEPTH);
    int[] cRows = Rows.list(ROWS, at, panel);
    double tile =
        fastest(() ->
            kernels.multiply(
                a, aRows, 0, DEPTH, b, at, panel, c, cRows, 0, ROWS, /* accumulate= */ false));
    float[] sum = new float[1];
    double loop = fastest(() -> sum[0] += dot(b, b));
    return new Speed(2e9 * ROWS * DEPTH * panel / tile, 2e9 * b.length / loop);
  }

  /// Nanoseconds of the fastest call.
  private static double fastest(Runnable call) {
    long begin = System.nanoTime();
    long best = Long.MAX_VALUE;
    long now = begin;
    for (int i = 0; i < CALLS && now - begin < BUDGET_NANOS; i++) {
      call.run();
      long end = System.nanoTime();
      best = Math.min(best, end - now);
      now = end;
    }
    return Math.max(1, best);
  }

  private static float dot(float[] x, float[] y) {
    float sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += x[i] * y[i];
    }
    return sum;
  }

  private static float[] ones(int n) {
    float[] x = CacheLine.array(n);
    Arrays.fill(x, 1);
    return x;
  }

  /// Whether the kernels are compiled as they should be.
  boolean isGood() {
    return kernel >= LEAST * loop;
  }

  /// The sentence for the user, or null if all is well.
  ///
  /// @param vm the name of the virtual machine, `java.vm.name`
  /// @param mode how it compiles, `java.vm.info`
  @Nullable String complaint(String vm, String mode) {
    return isGood()
        ? null
        : "The cpu backend is many times slower than it could be: its vector kernels reach "
            + this
            + ", since "
            + cause(vm, mode);
  }

  private static String cause(String vm, String mode) {
    if (isInterpreted(mode)) {
      return "this JVM interprets and does not compile; start it without -Xint.";
    }
    if (isClient(mode)) {
      return "this JVM's optimising compiler is off; start it without -XX:TieredStopAtLevel and the"
          + " like.";
    }
    return "this JVM, "
        + vm
        + " ("
        + mode
        + "), does not make vector instructions of the Vector API; use a HotSpot JDK with its C2"
        + " compiler, such as Temurin.";
  }

  /// Whether the mode alone says that it will not get better.
  static boolean isHopeless(String mode) {
    return isInterpreted(mode) || isClient(mode);
  }

  private static boolean isInterpreted(String mode) {
    return mode.contains("interpreted mode");
  }

  private static boolean isClient(String mode) {
    return mode.contains("emulated-client");
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%.3g GFLOP/s on one core, %.2g times a plain loop",
        kernel / 1e9,
        kernel / loop);
  }
}
