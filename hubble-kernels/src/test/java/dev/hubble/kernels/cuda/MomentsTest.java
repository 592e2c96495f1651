// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.hubble.kernels.DType;
import dev.hubble.kernels.HostTensor;
import dev.hubble.kernels.Numbers;
import dev.hubble.kernels.Ops;
import dev.hubble.kernels.Padding;
import dev.hubble.kernels.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Which images bring their statistics along, so that a normalisation does not read them twice.
final class MomentsTest {
  private static Tensor noise(Ops ops, long seed, int... shape) {
    return ops.upload(host(seed, shape)); // in the backend's format
  }

  private static HostTensor host(long seed, int... shape) {
    int n = 1;
    for (int d : shape) {
      n *= d;
    }
    return HostTensor.of(Numbers.noise(seed, n, 0.3), shape);
  }

  /// How many kernels it takes to normalise what `image` gives.
  private static long toNormalise(CudaOps ops, Supplier<Tensor> image, int groups) {
    var x = image.get();
    var c = noise(ops, 9, x.dim(-1));
    long before = launches(ops);
    ops.groupNormSilu(x, c, c, groups, 1e-5f);
    return launches(ops) - before;
  }

  private static long launches(CudaOps ops) {
    ops.device.queue().flush();
    ops.device.driver().await();
    return MockDriver.launches();
  }

  private static Tensor convolved(Ops ops, int n, int h, int w, int outs) {
    return ops.conv2d(
        noise(ops, 1, n, h, w, 16),
        ops.convWeight(host(2, outs, 16, 3, 3)),
        noise(ops, 3, outs),
        1,
        Padding.SAME);
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "F32"})
  void whoeverWritesAnImageTakesItsStatistics(DType dtype) {
    try (var ops = MockDriver.open(dtype);
        var _ = ops.openScope()) {
      var x = noise(ops, 1, 2, 8, 8, 40);
      var w = ops.convWeight(host(2, 40, 40, 3, 3)); // whose sums are split
      var doubling = ops.upsampleConvWeight(host(2, 40, 40, 3, 3), 16, 16);
      var matrix = ops.linearWeight(host(3, 40, 40));
      var c = noise(ops, 4, 40);
      List<Supplier<Tensor>> images =
          List.of(
              () -> convolved(ops, 2, 8, 8, 32),
              () -> ops.conv2dAdd(x, w, c, x),
              () -> ops.conv2dAddPerImage(x, w, c, noise(ops, 5, 2, 40)),
              () -> ops.upsampleConv2d(x, w, c, 16, 16),
              () -> ops.upsampleConv2d(x, doubling, c, 16, 16),
              () -> ops.linearAdd(x, matrix, c, x),
              () -> ops.concat(ops.conv2dAdd(x, w, c, x), convolved(ops, 2, 8, 8, 56)),
              () -> ops.conv2dAdd(x, w, c, x).reshape(2, 64, 40),
              () -> ops.slice(convolved(ops, 3, 8, 16, 64), 1, 3));
      for (int i = 0; i < images.size(); i++) {
        assertThat(toNormalise(ops, images.get(i), 4)).as("image " + i).isEqualTo(1);
      }
      // So many units are merged before.
      assertThat(toNormalise(ops, () -> convolved(ops, 1, 32, 32, 96), 4)).isEqualTo(2);
      // The statistics of these are taken by a kernel that reads them.
      List<Supplier<Tensor>> others =
          List.of(
              () -> x,
              () -> convolved(ops, 1, 7, 9, 40), // no whole units
              () -> convolved(ops, 2, 4, 8, 40), // two images in one
              () -> convolved(ops, 1, 8, 8, 36), // 9 channels in a group
              () -> ops.concat(convolved(ops, 2, 8, 8, 40), x),
              () -> ops.concat(x, convolved(ops, 2, 8, 8, 40)),
              () -> ops.batch(convolved(ops, 1, 8, 8, 40), convolved(ops, 1, 8, 8, 40)),
              () -> ops.add(convolved(ops, 2, 8, 8, 40), x),
              () -> ops.upsampleConv2d(noise(ops, 6, 1, 4, 4, 40), doubling, c, 8, 8), // nor here
              () -> ops.upsampleConv2d(x, doubling, c, 16, 16).reshape(8, 64, 40)); // parts
      for (int i = 0; i < others.size(); i++) {
        assertThat(toNormalise(ops, others.get(i), 4)).as("other " + i).isEqualTo(2);
      }
    }
  }

  /// Hopper's own kernels write the moments that the others write, bit for bit.
  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16"})
  void theCopyEnginesKernelsTakeThemToo(DType dtype) {
    try (var copies = MockDriver.openWithCopies(dtype);
        var plain = MockDriver.open(dtype)) {
      float[] expected = normalised(plain);
      long maps = MockDriver.calls("cuTensorMapEncodeTiled");
      assertThat(normalised(copies)).containsExactly(expected);
      assertThat(MockDriver.calls("cuTensorMapEncodeTiled")).isGreaterThan(maps);
    }
  }

  private static float[] normalised(Ops ops) {
    try (var _ = ops.openScope()) {
      var x = noise(ops, 1, 3, 8, 16, 72);
      var added = noise(ops, 2, 3, 8, 16, 168);
      var c = noise(ops, 4, 168);
      var y = ops.linearAdd(x, ops.linearWeight(host(3, 168, 72)), c, added);
      return ops.groupNorm(y, c, c, 4, 1e-5f).toArray();
    }
  }

  @Test
  void theyEndWithTheirImage() {
    try (var ops = MockDriver.open(DType.F16)) {
      int before = ops.liveBlocks();
      try (var _ = ops.openScope()) {
        Tensor kept;
        try (var inner = ops.openScope()) {
          convolved(ops, 1, 8, 8, 64);
          kept = inner.keep(convolved(ops, 1, 8, 8, 40));
        }
        assertThat(ops.liveBlocks()).isEqualTo(before + 1);
        noise(ops, 5, 1, 8, 8, 64); // would take the place of what was given back
        noise(ops, 6, 80, 1);
        var c = noise(ops, 7, 40);
        float[] late = ops.groupNorm(kept, c, c, 4, 1e-5f).toArray();
        float[] early = ops.groupNorm(convolved(ops, 1, 8, 8, 40), c, c, 4, 1e-5f).toArray();
        assertThat(late).containsExactly(early);
      }
      assertThat(ops.liveBlocks()).isEqualTo(before);
    }
  }

  /// What is normalised in its place takes no memory, and that of what it was ends with it.
  @ParameterizedTest
  @EnumSource(names = {"F16", "F32"})
  void whatIsNormalisedInPlaceTakesNoMemory(DType dtype) {
    try (var ops = MockDriver.open(dtype);
        var _ = ops.openScope()) {
      var c = noise(ops, 7, 40);
      var x = convolved(ops, 1, 8, 8, 40);
      int before = ops.liveBlocks();
      try (var _ = ops.openScope()) {
        ops.groupNormSiluInPlace(x, c, c, 4, 1e-5f);
        assertThat(ops.liveBlocks()).isEqualTo(before);
      }
      assertThat(ops.liveBlocks()).isEqualTo(before - 1);
      assertThatThrownBy(x::toArray).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void outsideEveryScopeTheyLiveOn() {
    try (var ops = MockDriver.open(DType.F16)) {
      var x = convolved(ops, 1, 8, 8, 40);
      var c = noise(ops, 7, 40);
      float[] first = ops.groupNorm(x, c, c, 4, 1e-5f).toArray();
      System.gc();
      noise(ops, 8, 80, 1);
      assertThat(toNormalise(ops, () -> x, 4)).isEqualTo(1);
      assertThat(ops.groupNorm(x, c, c, 4, 1e-5f).toArray()).containsExactly(first);
    }
  }

  /// Above 6144 channels the kernel that reads an image takes more shared memory than a GPU gives
  /// unasked.
  @Test
  void anImageOfVeryManyChannelsComesAfterOneOfFew() {
    try (var ops = MockDriver.open(DType.F16)) {
      for (int channels : new int[] {64, 8192, 32}) {
        var ones = new float[channels];
        Arrays.fill(ones, 1);
        var scale = ops.upload(ones, channels);
        var shift = ops.upload(new float[channels], channels);
        double squares = 0;
        float[] y = ops.groupNorm(noise(ops, 1, 1, 2, 2, channels), scale, shift, 2, 0).toArray();
        for (float v : y) {
          squares += (double) v * v;
        }
        assertThat(squares / y.length).isCloseTo(1, within(1e-3));
      }
    }
  }
}
