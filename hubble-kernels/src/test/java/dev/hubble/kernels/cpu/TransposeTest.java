// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

import static dev.hubble.kernels.Numbers.noise;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.kernels.TestBackends;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// [Kernels#transpose], whose squares overlap where rows or columns are no multiple of a vector.
final class TransposeTest {
  private static final int[] SIZES = {0, 1, 3, 4, 7, 8, 15, 16, 17, 31, 32, 40, 77};

  @ParameterizedTest
  @ValueSource(ints = {512, 256, 128, 0})
  void rowsBecomeColumnsAndNothingElseIsWritten(int bits) {
    TestBackends.assumeWidth(bits);
    var kernels = TestBackends.kernels(bits);
    for (int rows : SIZES) {
      for (int columns : SIZES) {
        int xStep = columns + 3;
        int yStep = rows + 2;
        float[] x = noise(1, 5 + rows * xStep);
        float[] y = new float[7 + columns * yStep];
        Arrays.fill(y, -1);
        float[] expected = y.clone();
        for (int r = 0; r < rows; r++) {
          for (int c = 0; c < columns; c++) {
            expected[7 + c * yStep + r] = x[5 + r * xStep + c] * 0.3f;
          }
        }
        kernels.transpose(x, 5, xStep, rows, columns, 0.3f, y, 7, yStep);
        assertThat(y).as("%s x %s", rows, columns).containsExactly(expected);
      }
    }
  }
}
