// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder.gpu;

import dev.hubble.kernels.cuda.Workbench;
import java.util.List;

/// A problem at which the rungs of a GPU ladder are compared. All numbers are f16, all sums float.
public interface GpuProblem {
  /// How much arithmetic it is; a multiply-add counts as two.
  double flops();

  /// Bytes of what is read and of what is written, each counted once.
  long bytes();

  /// How many numbers the result has.
  int size();

  /// The result's number `at`, summed in double from the same rounded numbers.
  double expected(int at);

  /// How far results may be off in relative L2: rounding to f16 alone is 2e-4.
  double limit();

  /// The rungs up to the kernel in production, the plainest first, with what they work on on the
  /// GPU.
  List<GpuRung> rungs(Workbench bench);

  /// The kernel in production alone.
  GpuRung production(Workbench bench, String title);

  /// How far a result is off: relative L2 over all numbers, or over some thousands of many. NaN if
  /// there is one among them.
  default double error(float[] y) {
    if (y.length != size()) {
      throw new IllegalArgumentException(y.length + " numbers are not a result of " + size());
    }
    int samples = Math.min(size(), 4096);
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < samples; i++) {
      // The first and the last are among them; the others are in all columns and rows.
      int at = (int) ((long) i * (size() - 1) / Math.max(1, samples - 1));
      double e = expected(at);
      difference += (y[at] - e) * (y[at] - e);
      norm += e * e;
    }
    return Math.sqrt(difference / norm);
  }
}
