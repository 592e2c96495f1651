// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.hubble.kernels.DType;
import dev.hubble.kernels.HostTensor;
import dev.hubble.kernels.Numbers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// In bf16 mode what is added up stays float32, and is multiplied as such.
final class Bf16SumsTest {
  private CudaOps ops;

  @BeforeEach
  void open() {
    ops = MockDriver.open(DType.BF16);
  }

  @AfterEach
  void close() {
    ops.close();
  }

  /// In two parts a factor has 16 bits or more.
  @Test
  void floatsAreMultipliedAsFloats() {
    for (int n : new int[] {5, 24}) {
      int rows = 7;
      int k = 40;
      float[] x = Numbers.noise(1, rows * k, 1);
      float[] w = Numbers.noise(2, n * k, 1);
      float[] added = Numbers.noise(3, rows * n, 1);
      for (int i = 0; i < w.length; i++) {
        w[i] = Numbers.bf16(w[i]);
      }
      var weight = ops.linearWeight(HostTensor.of(w, n, k));
      var bias = ops.upload(new float[n], n);
      var left = ops.upload(x, rows, k);
      float[] alone = ops.linear(left, weight, bias).toArray();
      float[] sum = ops.linearAdd(left, weight, bias, ops.upload(added, rows, n)).toArray();
      for (int i = 0; i < rows * n; i++) {
        double expected = 0;
        double size = 0;
        for (int j = 0; j < k; j++) {
          double term = (double) x[i / n * k + j] * w[i % n * k + j];
          expected += term;
          size += Math.abs(term);
        }
        assertThat((double) alone[i]).isCloseTo(expected, within(size * 0x1p-16));
        assertThat((double) sum[i])
            .isCloseTo(expected + added[i], within(size * 0x1p-16 + 0x1p-22));
      }
    }
  }

  @Test
  void sumsAreNotRounded() {
    var x = ops.upload(new float[] {1, 2, 3, 4}, 4);
    var y = ops.upload(new float[] {0x1p-20f, 0x1p-20f, 0, 0x1p-19f}, 4);
    assertThat(ops.add(x, y).toArray())
        .containsExactly(1 + 0x1p-20f, 2 + 0x1p-20f, 3, 4 + 0x1p-19f);
  }
}
