// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

import java.util.Arrays;
import java.util.function.IntConsumer;

/// Runs the inner loops a few times on numbers that nobody needs, beside the loading of a model: a
/// JVM that compiles them early, as the launcher asks of it, has done so when the model is there.
///
/// Many calls of little depth: the compiler then compiles whole methods, and not first a loop that
/// is being interpreted, which takes it three times as long for a large register tile.
public final class WarmUp {
  private static final int CALLS = 64;
  private static final int ROWS = 6;
  private static final int DEPTH = 32;
  private static final int KEYS = 32;

  private final Kernels kernels;
  private final int panel;
  private final int lanes;
  private final float[] x = new float[16384];
  private final float[] y = new float[16384];
  private final float[] z = new float[16384];
  private final double[] sums = new double[1024];
  private final double[] squares = new double[1024];

  WarmUp(Kernels kernels) {
    this.kernels = kernels;
    panel = kernels.panel();
    lanes = kernels.lanes();
  }

  /// Starts, on a thread that never keeps the JVM alive. A wrong vector width is not for this
  /// thread to find, so with any that is set nothing happens.
  public static void start() {
    if (System.getProperty(KernelChoice.PROPERTY) == null) {
      Thread.ofPlatform()
          .name("hubble-warmup")
          .daemon()
          .start(() -> {
            var kernels = KernelChoice.best();
            if (!(kernels instanceof PlainKernels)) {
              new WarmUp(kernels).run();
            }
          });
    }
  }

  /// In the order in which a picture needs them.
  void run() {
    repeat(i -> multiply(ROWS, panel, i));
    repeat(_ -> kernels.normaliseRow(x, 0, 4 * panel + lanes, 1, x, 0, x, 0, y, 0));
    repeat(_ -> kernels.add(x, 0, y, 0, panel));
    repeat(i -> multiply(4, panel, i));
    repeat(this::softmax);
    repeat(_ -> softmaxBelow());
    repeat(_ -> kernels.largest(x, 0, panel));
    repeat(_ -> kernels.divide(y, KEYS, z, 0));
    repeat(_ -> kernels.transpose(x, 0, panel, panel, panel, 1, y, 0, panel));
    repeat(_ -> kernels.quickGelu(x, 0, y, 0, panel));
    repeat(i -> multiply(ROWS, lanes, i));
    repeat(_ -> kernels.moments(x, 0, 16, panel, x, 0, sums, squares, 0));
    repeat(i -> kernels.scaleShift(x, 0, 4, panel, x, x, 0, i % 2 == 0, y, 0));
    repeat(_ -> kernels.geglu(x, 0, x, 0, y, 0, panel));
    repeat(_ -> kernels.winogradInput(4, x, 0, 6 * panel, panel, panel, y, 0, panel));
    repeat(_ -> kernels.winogradOutput(4, x, 0, panel, panel, x, 0, y, 0, 4 * panel, panel, 4, 4));
    repeat(_ -> kernels.winogradInput(2, x, 0, 4 * panel, panel, panel, y, 0, panel));
    repeat(_ -> kernels.winogradOutput(2, x, 0, panel, panel, x, 0, y, 0, 2 * panel, panel, 2, 2));
  }

  private static void repeat(IntConsumer call) {
    for (int i = 0; i < CALLS; i++) {
      call.accept(i);
    }
  }

  private void multiply(int rows, int width, int call) {
    int[] aRows = Rows.list(rows, 0, DEPTH);
    int[] cRows = Rows.list(rows, 0, width);
    kernels.multiply(
        x, aRows, 0, DEPTH, x, 0, width, y, cRows, 0, rows, /* accumulate= */ call % 2 == 0);
  }

  /// With maxima that grow, and maxima that do not; the text encoder's scores are not bounded.
  private void softmax(int call) {
    Arrays.fill(z, 0, KEYS * panel, call % 2 == 0 ? (Kernels.HEADROOM + 1) * call : -1);
    kernels.softmax(z, KEYS, call % 4 < 2, x, y, y, KEYS, 0);
    Arrays.fill(x, 0, panel, 0);
  }

  /// With scores that are no weights yet, and maxima that will do.
  private void softmaxBelow() {
    Arrays.fill(z, 0, KEYS * panel, -1);
    kernels.softmaxBelow(z, KEYS, x, y, 0);
  }
}
