// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

import static dev.hubble.kernels.Numbers.noise;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.kernels.HostTensor;
import dev.hubble.kernels.Ops;
import dev.hubble.kernels.Padding;
import dev.hubble.kernels.Precision;
import dev.hubble.kernels.TestBackends;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The same bits whatever the number of threads.
final class DeterminismTest {
  @ParameterizedTest
  @ValueSource(ints = {512, 256, 128, 0})
  void resultsDoNotDependOnTheNumberOfThreads(int bits) {
    TestBackends.assumeWidth(bits);
    // The same kernels in the interpreter (first round) and compiled.
    var kernels = TestBackends.kernels(bits);
    var expected = results(open(kernels, 1));
    for (int threads : new int[] {1, 2, 3, 7}) {
      var actual = results(open(kernels, threads));
      for (int i = 0; i < expected.size(); i++) {
        assertThat(Arrays.equals(actual.get(i), expected.get(i)))
            .as("result %d with %d threads", i, threads)
            .isTrue();
      }
    }
  }

  private static Ops open(Kernels kernels, int threads) {
    return new CpuOps(kernels, threads, ConvolutionPolicy.of(Precision.FAST), true);
  }

  private static List<float[]> results(Ops backend) {
    var all = new ArrayList<float[]>();
    try (var ops = backend;
        var _ = ops.openScope()) {
      var x = ops.upload(noise(1, 2 * 17 * 19 * 36), 2, 17, 19, 36);
      var c = ops.upload(noise(2, 36), 36);
      var w = ops.convWeight(HostTensor.of(noise(3, 100 * 36 * 9), 100, 36, 3, 3));
      var b = ops.upload(noise(4, 100), 100);
      var matrix = ops.linearWeight(HostTensor.of(noise(5, 256 * 36), 256, 36));
      var b2 = ops.upload(noise(6, 256), 256);
      var tokens = x.reshape(2, 17 * 19, 36);
      all.add(ops.conv2d(x, w, b, 1, Padding.SAME).toArray());
      all.add(ops.conv2d(x, w, b, 2, Padding.SAME).toArray());
      all.add(ops.upsampleConv2d(x, w, b, 34, 38).toArray());
      var large = ops.upload(noise(7, 2 * 70 * 66 * 36), 2, 70, 66, 36);
      all.add(ops.conv2d(large, w, b, 1, Padding.SAME).toArray());
      all.add(ops.upsampleConv2d(x, w, b, 40, 41).toArray());
      all.add(ops.linear(tokens, matrix, b2).toArray());
      all.add(ops.linearGeglu(tokens, matrix, b2).toArray());
      all.add(ops.attention(tokens, tokens, tokens, 4, false).toArray());
      all.add(ops.attention(tokens, tokens, tokens, 3, true).toArray());
      all.add(ops.groupNorm(x, c, c, 4, 1e-5f).toArray());
      all.add(ops.groupNormSilu(x, c, c, 4, 1e-5f).toArray());
      all.add(ops.layerNorm(x, c, c, 1e-5f).toArray());
      all.add(ops.silu(x).toArray());
      all.add(ops.quickGelu(x).toArray());
      all.add(ops.geglu(x).toArray());
      all.add(ops.add(x, x).toArray());
      all.add(ops.concat(x, x).toArray());
    }
    return all;
  }
}
