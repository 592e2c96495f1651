// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.hubble.kernels.DType;
import dev.hubble.kernels.HostTensor;
import dev.hubble.kernels.Numbers;
import dev.hubble.kernels.Ops;
import dev.hubble.kernels.Padding;
import dev.hubble.kernels.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Products that Hopper's copy engine serves: that it does, how often its maps are made, and that
/// the results are those of the other kernels, with blocks in pairs and without. On a GPU, where
/// nothing is counted, that leaves the results.
final class HopperMatmulTest {
  private static final String MAP = "cuTensorMapEncodeTiled";

  private static Tensor noise(Ops ops, long seed, int... shape) {
    return ops.upload(host(seed, shape));
  }

  private static HostTensor host(long seed, int... shape) {
    int n = 1;
    for (int d : shape) {
      n *= d;
    }
    return HostTensor.of(Numbers.noise(seed, n, 0.2), shape);
  }

  /// Two images of 8x8 in one box, parts of rows, an image vector, a residual, GEGLU, a split sum,
  /// a doubled image.
  private static final List<Function<Ops, Tensor>> PRODUCTS =
      List.of(
          ops ->
              ops.conv2dAddPerImage(
                  noise(ops, 1, 3, 8, 8, 64),
                  ops.convWeight(host(2, 40, 64, 3, 3)),
                  noise(ops, 3, 40),
                  noise(ops, 4, 3, 40)),
          ops ->
              ops.conv2dAdd(
                  noise(ops, 1, 1, 2, 128, 64),
                  ops.convWeight(host(2, 24, 64, 3, 3)),
                  noise(ops, 3, 24),
                  noise(ops, 4, 1, 2, 128, 24)),
          ops ->
              ops.conv2d(
                  noise(ops, 1, 1, 10, 10, 64),
                  ops.convWeight(host(2, 24, 64, 3, 3)),
                  noise(ops, 3, 24),
                  1,
                  Padding.NONE),
          ops ->
              ops.linearGeglu(
                  noise(ops, 1, 2, 70, 72), ops.linearWeight(host(2, 96, 72)), noise(ops, 3, 96)),
          ops ->
              ops.linearAdd(
                  noise(ops, 1, 2, 5, 640),
                  ops.linearWeight(host(2, 33, 640)),
                  null,
                  noise(ops, 4, 2, 5, 33)),
          ops ->
              ops.upsampleConv2d(
                  noise(ops, 1, 3, 8, 8, 64),
                  ops.upsampleConvWeight(host(2, 40, 64, 3, 3), 16, 16),
                  noise(ops, 3, 40),
                  16,
                  16));

  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16"})
  void theResultsAreThoseOfTheOtherKernels(DType dtype) {
    try (var copies = MockDriver.openWithCopies(dtype);
        var plain = MockDriver.open(dtype)) {
      for (int i = 0; i < PRODUCTS.size(); i++) {
        long before = maps();
        float[] expected = PRODUCTS.get(i).apply(plain).toArray();
        assertThat(maps()).as("too small for the copy engine").isEqualTo(before);
        float[] actual = PRODUCTS.get(i).apply(copies).toArray();
        if (!MockDriver.isReal()) {
          // Floats are two bf16 each, and each has a map, as the weight has.
          assertThat(maps()).as("product " + i).isEqualTo(before + (dtype == DType.BF16 ? 3 : 2));
        }
        assertThat(actual).hasSameSizeAs(expected);
        // Sums may be split otherwise: then the last bit may differ.
        double unit = dtype == DType.F16 ? 0x1p-10 : 0x1p-7;
        for (int k = 0; k < actual.length; k++) {
          double tolerance = unit * Math.max(0.01, Math.abs(expected[k]));
          if (!(Math.abs(actual[k] - expected[k]) <= tolerance)) {
            throw new AssertionError(
                "product %d [%d]: %s, but %s".formatted(i, k, actual[k], expected[k]));
          }
        }
      }
    }
  }

  private static long maps() {
    return MockDriver.isReal() ? 0 : MockDriver.calls(MAP);
  }

  /// Bits, not numbers: what a block adds up, and in which order, is the same.
  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16"})
  void pairsOfBlocksChangeNoBit(DType dtype) {
    // On a GPU besides one that has many rounds of tiles, an odd number below each other.
    int rows = MockDriver.isReal() ? 128 * 401 : 300;
    var products = new ArrayList<>(PRODUCTS);
    products.add(ops ->
        ops.linear(
            noise(ops, 1, rows, 328), ops.linearWeight(host(2, 330, 328)), noise(ops, 3, 330)));
    for (int i = 0; i < products.size(); i++) {
      var product = products.get(i);
      float[] alone = clusters("off", dtype, product, 0);
      // The third and the fifth have 64 and 10 rows: one tile, and no other below it.
      int launches = i == 2 || i == 4 ? 0 : dtype == DType.BF16 ? 2 : 1;
      assertThat(clusters("on", dtype, product, launches)).as("product " + i).isEqualTo(alone);
    }
  }

  private static float[] clusters(
      String which, DType dtype, Function<Ops, Tensor> product, int launches) {
    System.setProperty("hubble.cuda.clusters", which);
    try (var ops = MockDriver.openWithCopies(dtype)) {
      long before = MockDriver.isReal() ? launches : MockDriver.clusterLaunches() + launches;
      float[] result = product.apply(ops).toArray();
      assertThat(MockDriver.isReal() ? launches : MockDriver.clusterLaunches())
          .as("launches in clusters")
          .isEqualTo(before);
      return result;
    } finally {
      System.clearProperty("hubble.cuda.clusters");
    }
  }

  @Test
  void aRecordedPieceKeepsItsClusters() {
    assumeFalse(MockDriver.isReal(), "a GPU does not count");
    try (var ops = MockDriver.openWithCopies(DType.F16)) {
      var w = ops.linearWeight(host(2, 64, 64));
      var x = noise(ops, 1, 130, 64);
      x.toArray();
      long before = MockDriver.clusterLaunches();
      long played = MockDriver.calls("cuGraphLaunch");
      float[][] results = new float[4][];
      for (int i = 0; i < 4; i++) {
        try (var _ = ops.openScope()) {
          var y = x;
          for (int k = 0; k < 5; k++) {
            y = ops.linear(y, w, null);
          }
          results[i] = y.toArray();
        }
      }
      assertThat(MockDriver.clusterLaunches()).isEqualTo(before + 20);
      assertThat(MockDriver.calls("cuGraphLaunch")).isGreaterThan(played);
      assertThat(results[3]).isEqualTo(results[0]);
    }
  }

  @Test
  void mapsAreMadeOnce() {
    assumeFalse(MockDriver.isReal(), "a GPU does not count");
    try (var ops = MockDriver.openWithCopies(DType.F16)) {
      var x = noise(ops, 1, 130, 64);
      var w = ops.linearWeight(host(2, 32, 64));
      long before = MockDriver.calls(MAP);
      for (int i = 0; i < 3; i++) {
        try (var _ = ops.openScope()) {
          ops.linear(x, w, null).toArray();
        }
      }
      assertThat(MockDriver.calls(MAP)).isEqualTo(before + 2);
    }
  }

  @Test
  void itIsOffUnlessAskedFor() {
    assumeFalse(MockDriver.isReal(), "a GPU does not count");
    var before = System.clearProperty("hubble.cuda.tma"); // the build sets it for all tests
    try (var ops = MockDriver.openWithCopies(DType.F16)) {
      long maps = MockDriver.calls(MAP);
      PRODUCTS.getFirst().apply(ops).toArray();
      assertThat(MockDriver.calls(MAP)).isEqualTo(maps);
    } finally {
      System.setProperty("hubble.cuda.tma", before);
    }
  }
}
