// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

import static dev.hubble.kernels.Numbers.assertClose;
import static dev.hubble.kernels.Numbers.doubles;
import static dev.hubble.kernels.Numbers.noise;
import static dev.hubble.kernels.Numbers.winogradTolerance;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.kernels.HostTensor;
import dev.hubble.kernels.Padding;
import dev.hubble.kernels.TestBackends;
import dev.hubble.kernels.cpu.ConvolutionPolicy.Algorithm;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Winograd's algorithms where the policy would not choose them, against the plain sum.
final class WinogradTest {
  private static final int[][] SHAPES = { // n, height, width, ins, outs
    {1, 1, 1, 1, 1},
    {2, 3, 2, 5, 3},
    {1, 4, 4, 16, 16},
    {3, 5, 9, 13, 77},
    {1, 7, 50, 170, 64},
    {1, 90, 90, 8, 8}, // as many blocks of tiles as go one by one
  };

  @ParameterizedTest
  @CsvSource({"F2, 512", "F2, 256", "F2, 128", "F2, 0", "F4, 512", "F4, 256", "F4, 128", "F4, 0"})
  void equalsThePlainSumAtAnySize(Algorithm algorithm, int bits) {
    TestBackends.assumeWidth(bits);
    var kernels = TestBackends.kernels(bits);
    try (var winograd = new CpuOps(kernels, 2, (h, w, i, o) -> algorithm, true);
        var plain = new CpuOps(kernels, 2, (h, w, i, o) -> Algorithm.DIRECT, true)) {
      for (int[] s : SHAPES) {
        for (int scale = 1; scale <= 2; scale++) {
          float[] actual = conv(winograd, s, scale);
          assertClose(
              actual, doubles(conv(plain, s, scale)), 2 * winogradTolerance(s[3]), algorithm + "");
        }
      }
    }
  }

  private static float[] conv(CpuOps backend, int[] s, int scale) {
    try (var _ = backend.openScope()) {
      int ins = s[3];
      int outs = s[4];
      var x = backend.upload(noise(1, s[0] * s[1] * s[2] * ins), s[0], s[1], s[2], ins);
      float[] filter = noise(2, outs * ins * 9, 1 / Math.sqrt(9 * ins));
      var w = backend.convWeight(HostTensor.of(filter, outs, ins, 3, 3));
      var b = backend.upload(noise(3, outs), outs);
      return (scale == 1
              ? backend.conv2d(x, w, b, 1, Padding.SAME)
              : backend.upsampleConv2d(x, w, b, scale * s[1] + 1, scale * s[2]))
          .toArray();
    }
  }

  /// A filter of a single one picks its input: found at every place of every tile.
  @ParameterizedTest
  @EnumSource(WinogradTile.class)
  void theTransformsAreAnIdentity(WinogradTile tile) {
    double[][] g = tile.filter();
    int n = tile.n;
    var kernels = new PlainKernels();
    for (int tap = 0; tap < 9; tap++) {
      float[] d = noise(tap + 1, n * n * 4);
      int apart = 7; // positions do not follow each other closely
      float[] v = new float[n * n * apart];
      kernels.winogradInput(tile.m, d, 0, n * 4, 4, 4, v, 0, apart);
      for (int e = 0; e < n * n; e++) {
        for (int c = 0; c < 4; c++) {
          v[e * apart + c] *= (float) (g[e / n][tap / 3] * g[e % n][tap % 3]);
        }
      }
      float[] y = new float[tile.m * tile.m * 4];
      float[] one = {1, 1, 1, 1};
      kernels.winogradOutput(tile.m, v, 0, apart, 4, one, 0, y, 0, tile.m * 4, 4, tile.m, tile.m);
      for (int i = 0; i < tile.m; i++) {
        for (int j = 0; j < tile.m; j++) {
          for (int c = 0; c < 4; c++) {
            float expected = d[((i + tap / 3) * n + j + tap % 3) * 4 + c] + 1;
            assertClose(y[(i * tile.m + j) * 4 + c], expected, 1e-5, tile + " tap " + tap);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5, 8})
  void aNanSpoilsItsNeighbourhoodOnly(int place) {
    try (var ops = new CpuOps(new PlainKernels(), 1, (h, w, i, o) -> Algorithm.F4, true)) {
      float[] x = noise(1, 12 * 12);
      x[place * 12 + place] = Float.NaN;
      var w = ops.convWeight(HostTensor.of(noise(2, 9), 1, 1, 3, 3));
      var y =
          ops.conv2d(ops.upload(x, 1, 12, 12, 1), w, ops.upload(new float[1], 1), 1, Padding.SAME)
              .toArray();
      for (int i = place - 1; i <= place + 1; i++) {
        for (int j = place - 1; j <= place + 1; j++) {
          assertThat(y[i * 12 + j]).isNaN();
        }
      }
      // Two tiles away.
      assertThat(y[place == 8 ? 0 : 143]).isNotNaN();
    }
  }

  @ParameterizedTest
  @CsvSource({"F2, 16", "F4, 36"})
  void transformedWeightsAreMadeOnceAndCounted(Algorithm algorithm, int positions) {
    try (var ops = new CpuOps(new PlainKernels(), 1, (h, w, i, o) -> algorithm, true)) {
      var w = ops.convWeight(HostTensor.of(noise(2, 8 * 4 * 9), 8, 4, 3, 3));
      var x = ops.upload(noise(1, 4 * 4 * 4), 1, 4, 4, 4);
      var b = ops.upload(new float[8], 8);
      assertThat(w.bytes()).isEqualTo(128 * 9);
      for (int i = 0; i < 2; i++) {
        ops.conv2d(x, w, b, 1, Padding.SAME);
        assertThat(w.bytes()).isEqualTo(128L * (9 + positions));
      }
    }
  }
}
