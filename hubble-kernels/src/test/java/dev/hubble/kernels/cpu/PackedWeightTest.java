// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

import static dev.hubble.kernels.Numbers.assertClose;
import static dev.hubble.kernels.Numbers.doubles;
import static dev.hubble.kernels.Numbers.noise;
import static dev.hubble.kernels.Numbers.winogradTolerance;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.hubble.kernels.DType;
import dev.hubble.kernels.HostTensor;
import dev.hubble.kernels.Ops;
import dev.hubble.kernels.PackedNumbers;
import dev.hubble.kernels.Padding;
import dev.hubble.kernels.Precision;
import dev.hubble.kernels.Tensor;
import dev.hubble.kernels.TestBackends;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Weights kept in half the memory, and filters kept in one form alone.
class PackedWeightTest {
  private static final int INS = 170;
  private static final int OUTS = 100;

  private static CpuOps open(int bits, DType storage) {
    return new CpuOps(
        TestBackends.kernels(bits), 2, ConvolutionPolicy.of(Precision.FAST), storage, true);
  }

  /// Only the rounding of the weights tells half storage from float: after it, every bit is equal.
  @ParameterizedTest
  @CsvSource({
    "512, F16",
    "256, F16",
    "128, F16",
    "0, F16",
    "512, BF16",
    "256, BF16",
    "128, BF16",
    "0, BF16"
  })
  void halfWeightsGiveTheBitsOfWeightsThatWereRoundedBefore(int bits, DType storage) {
    TestBackends.assumeWidth(bits);
    try (var half = open(bits, storage);
        var whole = open(bits, DType.F32)) {
      var expected = results(whole, storage);
      var actual = results(half, DType.F32);
      for (int i = 0; i < expected.size(); i++) {
        assertThat(actual.get(i)).as("result " + i).isEqualTo(expected.get(i));
      }
    }
  }

  private static List<float[]> results(Ops ops, DType rounded) {
    var all = new ArrayList<float[]>();
    try (var _ = ops.openScope()) {
      var x = ops.upload(noise(1, 2 * 9 * 7 * INS), 2, 9, 7, INS);
      var b = ops.upload(noise(4, OUTS), OUTS);
      var filter = host(noise(2, OUTS * INS * 9), rounded, OUTS, INS, 3, 3);
      var matrix = host(noise(3, OUTS * INS), rounded, OUTS, INS);
      var wide = host(noise(5, 256 * INS), rounded, 256, INS);
      var tokens = x.reshape(2, 63, INS);
      all.add(ops.conv2d(x, ops.convWeight(filter), b, 1, Padding.SAME).toArray());
      all.add(ops.conv2d(x, ops.convWeight(filter), b, 2, Padding.SAME).toArray());
      all.add(ops.upsampleConv2d(x, ops.convWeight(filter), b, 64, 64).toArray()); // F(4x4)
      all.add(ops.linear(tokens, ops.linearWeight(matrix), b).toArray());
      all.add(
          ops.linearGeglu(tokens, ops.linearWeight(wide), ops.upload(noise(6, 256), 256))
              .toArray());
    }
    return all;
  }

  private static HostTensor host(float[] data, DType rounded, int... shape) {
    var numbers = new PackedNumbers(rounded, data.length);
    numbers.set(0, data, data.length);
    numbers.get(0, data, data.length);
    return HostTensor.of(data, shape);
  }

  /// Against exact decimal arithmetic: the nearest, and of two the even one.
  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16"})
  void roundsToTheNearest(DType type) {
    int mantissa = type == DType.F16 ? 10 : 7;
    float[] xs = noise(7, 2000, 3);
    xs[0] = 0;
    xs[1] = -0f;
    xs[2] = 1 + (float) Math.scalb(1.0, -mantissa - 1); // half way, down to even
    xs[3] = 1 + (float) Math.scalb(3.0, -mantissa - 1); // half way, up to even
    xs[4] = Float.NaN;
    xs[5] = Float.intBitsToFloat(0x7f800001); // a NaN whose only bit would be cut off
    xs[6] = Float.POSITIVE_INFINITY;
    var numbers = new PackedNumbers(type, xs.length);
    numbers.set(0, xs, xs.length);
    float[] back = new float[xs.length];
    numbers.get(0, back, xs.length);
    assertThat(numbers.bytes()).isEqualTo(2L * xs.length);
    assertThat(back[1]).isEqualTo(-0f);
    assertThat(back[4]).isNaN();
    assertThat(back[5]).isNaN();
    assertThat(back[6]).isInfinite();
    for (int i = 0; i < xs.length; i++) {
      if (i < 4 || i > 6) {
        assertThat((double) back[i]).as("%s", xs[i]).isEqualTo(nearest(xs[i], mantissa));
      }
    }
  }

  private static double nearest(float x, int mantissa) {
    if (x == 0) {
      return x;
    }
    var unit = new BigDecimal(Math.scalb(1.0, Math.getExponent(x) - mantissa));
    var steps = new BigDecimal(x).divide(unit, MathContext.DECIMAL128);
    return steps.setScale(0, java.math.RoundingMode.HALF_EVEN).multiply(unit).doubleValue();
  }

  @ParameterizedTest
  @EnumSource
  void aFilterForLargeImagesStaysSmall(DType storage) {
    try (var ops = open(0, storage);
        var _ = ops.openScope()) {
      var host = HostTensor.of(noise(2, 64 * 64 * 9, 0.05), 64, 64, 3, 3);
      var weight = (PackedWeight) ops.convWeight(host, 64, 64);
      var b = ops.upload(noise(3, 64), 64);
      for (int side : new int[] {64, 32}) {
        var x = ops.upload(noise(1, side * side * 64), 1, side, side, 64);
        assertThat(ops.conv2d(x, weight, b, 1, Padding.SAME).toArray())
            .isEqualTo(ops.conv2d(x, ops.convWeight(host), b, 1, Padding.SAME).toArray());
      }
      assertThat(weight.bytes()).isEqualTo((long) storage.bytes() * 9 * 64 * 64);
    }
  }

  @ParameterizedTest
  @CsvSource({"32, 36, F4", "16, 16, F2", "8, 9, DIRECT"})
  void aFilterForOneSizeIsKeptInOneForm(int side, int positions, ConvolutionPolicy.Algorithm form) {
    try (var ops = open(0, DType.F32);
        var _ = ops.openScope()) {
      var host = HostTensor.of(noise(2, 64 * 64 * 9, 0.05), 64, 64, 3, 3);
      var weight = (PackedWeight) ops.convWeight(host, side, side);
      assertThat(weight.only()).isEqualTo(form.tile());
      assertThat(weight.bytes()).isEqualTo(4L * positions * 64 * 64);
      var plain = ops.convWeight(host);
      var b = ops.upload(noise(3, 64), 64);
      var x = ops.upload(noise(1, side * side * 64), 1, side, side, 64);
      assertThat(ops.conv2d(x, weight, b, 1, Padding.SAME).toArray())
          .isEqualTo(ops.conv2d(x, plain, b, 1, Padding.SAME).toArray());
      // At another size the same form, so within its error.
      var other = ops.upload(noise(4, 5 * 7 * 64), 1, 5, 7, 64);
      Tensor expected = ops.conv2d(other, plain, b, 1, Padding.SAME);
      assertClose(
          ops.conv2d(other, weight, b, 1, Padding.SAME).toArray(),
          doubles(expected.toArray()),
          2 * winogradTolerance(64),
          form + "");
    }
  }

  @Test
  void aFilterForStrideOneRefusesAnotherStride() {
    try (var ops = open(0, DType.F32);
        var _ = ops.openScope()) {
      var weight = ops.convWeight(HostTensor.of(noise(2, 32 * 32 * 9), 32, 32, 3, 3), 32, 32);
      var x = ops.upload(noise(1, 64 * 64 * 32), 1, 64, 64, 32);
      var b = ops.upload(noise(3, 32), 32);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> ops.conv2d(x, weight, b, 2, Padding.SAME))
          .withMessageContaining("stride 1");
    }
  }
}
