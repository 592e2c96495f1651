// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels;

import static dev.hubble.kernels.Numbers.doubles;
import static dev.hubble.kernels.Numbers.tolerance;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What every backend must do, checked against formulas in double precision. Sizes are awkward, or
/// those of Stable Diffusion v1.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class OpsContract {
  private static final int[] SIZES = {1, 7, 13, 77, 207};

  private Ops ops;
  private Scope scope;

  /// Opens the backend under test.
  protected abstract Ops open();

  /// `x` as the format holds it in which the backend computes.
  protected float rounded(float x) {
    return x;
  }

  /// By how much that may differ from `x`, relative to it: half a unit in the last place. For
  /// float32 it is in the tolerances already.
  protected double rounding() {
    return 0;
  }

  /// Inputs that the format holds exactly, so that what is compared is the computing.
  private float[] exact(float[] x) {
    for (int i = 0; i < x.length; i++) {
      x[i] = rounded(x[i]);
    }
    return x;
  }

  private float[] noise(long seed, int n, double scale) {
    return exact(Numbers.noise(seed, n, scale));
  }

  private float[] noise(long seed, int n) {
    return noise(seed, n, 1);
  }

  /// Sums are float32 or better in every format: a coarser one rounds the result, and the weights
  /// of attention, which add up to 1.
  private void assertClose(double actual, double expected, double tolerance, String what) {
    double rounding = rounding() == 0 ? 0 : rounding() * (1 + Math.abs(expected));
    Numbers.assertClose(actual, expected, tolerance + rounding, what);
  }

  private void assertClose(float[] actual, double[] expected, double tolerance, String what) {
    assertThat(actual).as(what).hasSameSizeAs(expected);
    for (int i = 0; i < actual.length; i++) {
      assertClose(actual[i], expected[i], tolerance, what + " [" + i + "]");
    }
  }

  @BeforeAll
  void openBackend() {
    ops = open();
  }

  @AfterAll
  void closeBackend() {
    ops.close();
  }

  @BeforeEach
  void openScope() {
    scope = ops.openScope();
  }

  @AfterEach
  void closeScope() {
    scope.close();
  }

  // ---- linear ----

  @Test
  void linearAtAwkwardSizes() {
    for (int rows : SIZES) {
      for (int ins : SIZES) {
        for (int outs : SIZES) {
          try (var _ = ops.openScope()) {
            linear(rows, ins, outs, rows * outs);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "20, 768, 3072",
    "20, 3072, 768",
    "77, 768, 768",
    "64, 320, 2560",
    "10, 1280, 320",
    "6, 5120, 1280",
    "2, 1280, 1280",
    "1, 320, 1280",
    "3, 2560, 1280",
    "100, 512, 512",
    "5, 960, 640"
  })
  void linearAtRealSizes(int rows, int ins, int outs) {
    linear(rows, ins, outs, 2000);
  }

  private void linear(int rows, int ins, int outs, int samples) {
    float[] x = noise(1, rows * ins);
    float[] w = noise(2, outs * ins, 1 / Math.sqrt(ins));
    float[] b = noise(3, outs);
    float[] r = noise(4, rows * outs);
    var weight = ops.linearWeight(HostTensor.of(w, outs, ins));
    var input = ops.upload(x, rows, ins);
    float[] plain = ops.linear(input, weight, null).toArray();
    float[] biased = ops.linear(input, weight, ops.upload(b, outs)).toArray();
    float[] added =
        ops.linearAdd(input, weight, ops.upload(b, outs), ops.upload(r, rows, outs)).toArray();
    float[] addedOnly = ops.linearAdd(input, weight, null, ops.upload(r, rows, outs)).toArray();
    float[] gelu = ops.linearQuickGelu(input, weight, ops.upload(b, outs)).toArray();
    String what = "linear " + rows + "x" + ins + "x" + outs;
    assertThat(plain).hasSize(rows * outs);
    var random = new Random(5);
    for (int s = 0; s < samples; s++) {
      int i = samples == rows * outs ? s : random.nextInt(rows * outs);
      double sum = Expected.linear(x, ins, w, i / outs, i % outs);
      double tolerance = tolerance(ins);
      assertClose(plain[i], sum, tolerance, what);
      assertClose(biased[i], sum + b[i % outs], tolerance, what + " + bias");
      assertClose(added[i], sum + b[i % outs] + r[i], tolerance * 2, what + " + bias + residual");
      assertClose(addedOnly[i], sum + r[i], tolerance * 2, what + " + residual");
      assertClose(
          gelu[i], Expected.quickGelu(sum + b[i % outs]), tolerance * 2, what + ", quickGelu");
    }
  }

  @Test
  void linearKeepsLeadingAxesAndDropsTrailingOnesOfTheFilter() {
    float[] x = noise(1, 2 * 3 * 5 * 7);
    float[] w = noise(2, 11 * 7);
    var y =
        ops.linear(
            ops.upload(x, 2, 3, 5, 7), ops.linearWeight(HostTensor.of(w, 11, 7, 1, 1)), null);
    assertThat(y.shape()).isEqualTo(Shape.of(2, 3, 5, 11));
    assertClose(y.toArray()[29 * 11 + 4], Expected.linear(x, 7, w, 29, 4), tolerance(7), "linear");
  }

  @ParameterizedTest
  @CsvSource({"7, 13, 2", "13, 77, 26", "77, 20, 96", "9, 320, 2560", "20, 32, 256", "5, 64, 640"})
  void linearGeglu(int rows, int ins, int outs) {
    float[] x = noise(1, rows * ins);
    float[] w = noise(2, outs * ins, 1 / Math.sqrt(ins));
    float[] b = noise(3, outs);
    var y =
        ops.linearGeglu(
            ops.upload(x, rows, ins),
            ops.linearWeight(HostTensor.of(w, outs, ins)),
            ops.upload(b, outs));
    int half = outs / 2;
    assertThat(y.shape()).isEqualTo(Shape.of(rows, half));
    float[] actual = y.toArray();
    for (int i = 0; i < actual.length; i += Math.max(1, actual.length / 400)) {
      double a = Expected.linear(x, ins, w, i / half, i % half) + b[i % half];
      double g = Expected.linear(x, ins, w, i / half, half + i % half) + b[half + i % half];
      double tolerance = tolerance(ins) * (2 + Math.abs(a) + Math.abs(g));
      assertClose(actual[i], a * Expected.gelu(g), tolerance, "linearGeglu");
    }
  }

  // ---- convolution ----

  @ParameterizedTest
  @EnumSource(Padding.class)
  void convolutionAtAwkwardSizes(Padding padding) {
    int[][] filters = {{1, 1}, {3, 3}, {5, 5}, {1, 3}, {3, 1}, {2, 2}};
    for (int stride = 1; stride <= 3; stride++) {
      for (int[] f : filters) {
        for (int ins : new int[] {1, 4, 13}) {
          for (int outs : new int[] {1, 3, 4, 77}) {
            try (var _ = ops.openScope()) {
              var c = new Expected.Conv(2, 7, 13, ins, outs, f[0], f[1], stride, padding);
              conv(c, Math.min(300, c.size()));
            }
          }
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, 1, 1, 1",
    "1, 1, 13, 7, 13",
    "3, 13, 1, 7, 20",
    "1, 77, 3, 4, 3",
    "2, 5, 9, 207, 13"
  })
  void convolutionOfOddImages(int n, int h, int w, int ins, int outs) {
    var c = new Expected.Conv(n, h, w, ins, outs, 3, 3, 1, Padding.SAME);
    conv(c, c.size());
  }

  @ParameterizedTest
  @CsvSource({
    "8, 4, 320, 1, SAME",
    "8, 320, 4, 1, SAME",
    "8, 320, 320, 1, SAME",
    "4, 2560, 1280, 1, SAME",
    "4, 1920, 640, 1, SAME",
    "8, 320, 320, 2, SAME",
    "4, 960, 320, 1, SAME",
    "8, 4, 512, 1, SAME",
    "6, 512, 512, 1, SAME",
    "16, 128, 3, 1, SAME",
    "16, 3, 128, 1, SAME",
    "16, 128, 128, 2, BOTTOM_RIGHT",
    "8, 512, 8, 1, SAME",
    "2, 1280, 1280, 1, SAME"
  })
  void convolutionAtRealSizes(int size, int ins, int outs, int stride, Padding padding) {
    conv(new Expected.Conv(2, size, size, ins, outs, 3, 3, stride, padding), 300);
  }

  /// Images large enough for Winograd's algorithms, with edges and channels that fill no tile.
  @ParameterizedTest
  @CsvSource({
    "1, 32, 32, 64, 64",
    "2, 29, 35, 64, 96",
    "1, 33, 31, 77, 45",
    "2, 40, 41, 33, 100",
    "1, 16, 16, 320, 320",
    "2, 15, 17, 64, 77",
    "1, 19, 23, 45, 64",
    "2, 32, 32, 320, 320",
    "1, 32, 32, 960, 64",
    "1, 64, 64, 32, 32",
    "1, 300, 5, 32, 33",
    "1, 1, 300, 32, 32",
    "1, 130, 3, 32, 40"
  })
  void convolutionOfLargeImages(int n, int h, int w, int ins, int outs) {
    var c = new Expected.Conv(n, h, w, ins, outs, 3, 3, 1, Padding.SAME);
    conv(c, 1000, Numbers.winogradTolerance(ins));
  }

  private void conv(Expected.Conv c, int samples) {
    conv(c, samples, tolerance(c.ins() * c.kh() * c.kw()));
  }

  private void conv(Expected.Conv c, int samples, double tolerance) {
    int k = c.ins() * c.kh() * c.kw();
    float[] x = noise(1, c.n() * c.h() * c.w() * c.ins());
    float[] w = noise(2, c.outs() * k, 1 / Math.sqrt(k));
    float[] b = noise(3, c.outs());
    var y =
        ops.conv2d(
            ops.upload(x, c.n(), c.h(), c.w(), c.ins()),
            ops.convWeight(HostTensor.of(w, c.outs(), c.ins(), c.kh(), c.kw())),
            ops.upload(b, c.outs()),
            c.stride(),
            c.padding());
    assertThat(y.shape()).isEqualTo(Shape.of(c.n(), c.rows(), c.columns(), c.outs()));
    float[] actual = y.toArray();
    var random = new Random(4);
    for (int s = 0; s < samples; s++) {
      int i = samples == c.size() ? s : random.nextInt(c.size());
      double expected = c.at(x, w, i) + b[i % c.outs()];
      assertClose(actual[i], expected, tolerance, c + " [" + i + "]");
    }
  }

  @Test
  void fusedConvolutionsAreTheirPlainSpelling() {
    for (int[] s : new int[][] {{1, 1, 1}, {7, 4, 20}, {9, 13, 77}, {8, 32, 64}, {35, 33, 40}}) {
      int size = s[0];
      int ins = s[1];
      int outs = s[2];
      var x = ops.upload(noise(1, 2 * size * size * ins), 2, size, size, ins);
      var w =
          ops.convWeight(
              HostTensor.of(noise(2, outs * ins * 9, 1 / Math.sqrt(9 * ins)), outs, ins, 3, 3));
      var b = ops.upload(noise(3, outs), outs);
      var v = ops.upload(noise(4, 2 * outs), 2, outs);
      var r = ops.upload(noise(5, 2 * size * size * outs), 2, size, size, outs);
      var plain = ops.conv2d(x, w, b, 1, Padding.SAME);
      // The two spellings may use different algorithms, each with its own errors.
      // And the plain one rounds in between.
      double tolerance = 2 * Numbers.winogradTolerance(ins) + 6 * rounding();
      assertClose(
          ops.conv2dAddPerImage(x, w, b, v).toArray(),
          doubles(ops.addPerImage(plain, v).toArray()),
          tolerance,
          "conv2dAddPerImage");
      assertClose(
          ops.conv2dAdd(x, w, b, r).toArray(),
          doubles(ops.add(plain, r).toArray()),
          tolerance,
          "conv2dAdd");
      for (int[] to : new int[][] {{2 * size, 2 * size}, {2 * size + 1, 3 * size}, {size, size}}) {
        assertClose(
            ops.upsampleConv2d(x, w, b, to[0], to[1]).toArray(),
            doubles(ops.conv2d(ops.upsample(x, to[0], to[1]), w, b, 1, Padding.SAME).toArray()),
            tolerance,
            "upsampleConv2d");
      }
    }
  }

  /// A filter that is packed for doubled images serves all others as well. It may be kept as sums
  /// of its taps; those of these filters no format rounds.
  @ParameterizedTest
  @CsvSource({
    "1, 1, 1, 1, 1",
    "2, 1, 1, 64, 33",
    "2, 5, 7, 13, 20",
    "3, 4, 16, 24, 77",
    "2, 8, 8, 64, 168",
    "1, 2, 128, 64, 9",
    "1, 9, 2, 128, 130",
    "2, 4, 4, 320, 320",
    "1, 35, 33, 40, 16"
  })
  void convolutionOfDoubledImages(int n, int h, int w, int ins, int outs) {
    float[] pixels = noise(1, n * h * w * ins);
    float[] filter = noise(2, outs * ins * 9);
    double unit = Math.scalb(1.0, -4 - (int) Math.ceil(Math.log(9 * ins) / Math.log(4)));
    for (int i = 0; i < filter.length; i++) {
      filter[i] = (float) (unit * Math.rint(16 * filter[i]));
    }
    float[] bias = noise(3, outs);
    var x = ops.upload(pixels, n, h, w, ins);
    var b = ops.upload(bias, outs);
    var doubling = ops.upsampleConvWeight(HostTensor.of(filter, outs, ins, 3, 3), 2 * h, 2 * w);
    var random = new Random(4);
    for (int[] to : new int[][] {{2 * h, 2 * w}, {2 * h, 2 * w + 1}, {3 * h, 2 * w}, {h, w}}) {
      var c = new Expected.Conv(n, to[0], to[1], ins, outs, 3, 3, 1, Padding.SAME);
      float[] large = ops.upsample(x, to[0], to[1]).toArray();
      var y = ops.upsampleConv2d(x, doubling, b, to[0], to[1]);
      assertThat(y.shape()).isEqualTo(Shape.of(n, to[0], to[1], outs));
      float[] actual = y.toArray();
      int samples = Math.min(c.size(), 2000);
      for (int s = 0; s < samples; s++) {
        int i = samples == c.size() ? s : random.nextInt(c.size());
        double expected = c.at(large, filter, i) + bias[i % outs];
        assertClose(actual[i], expected, Numbers.winogradTolerance(ins), c + " [" + i + "]");
      }
    }
    var plain = ops.convWeight(HostTensor.of(filter, outs, ins, 3, 3));
    var r = ops.upload(noise(5, n * h * w * outs), n, h, w, outs);
    var v = ops.upload(noise(6, n * outs), n, outs);
    List<Function<Weight, Tensor>> others =
        List.of(
            f -> ops.conv2d(ops.frame(x, true, true), f, b, 1, Padding.NONE),
            f -> ops.conv2dAdd(x, f, b, r),
            f -> ops.conv2dAddPerImage(x, f, b, v));
    for (var other : others) {
      assertClose(
          other.apply(doubling).toArray(),
          doubles(other.apply(plain).toArray()),
          2 * Numbers.winogradTolerance(ins) + 2 * rounding(),
          "another convolution");
    }
  }

  // ---- normalisation ----

  @ParameterizedTest
  @CsvSource({
    "1, 1, 1, 1",
    "2, 7, 7, 7",
    "2, 13, 26, 13",
    "3, 77, 12, 3",
    "2, 207, 40, 4",
    "2, 64, 320, 32",
    "1, 16, 2560, 32",
    "2, 400, 128, 32",
    "1, 9, 1280, 32",
    "2, 6000, 32, 8"
  })
  void groupNorm(int images, int places, int channels, int groups) {
    for (double mean : new double[] {0, 30}) {
      float[] x = noise(1, images * places * channels);
      for (int i = 0; i < x.length; i++) {
        x[i] += (float) mean;
      }
      exact(x);
      float[] gamma = noise(2, channels);
      float[] beta = noise(3, channels);
      var input = ops.upload(x, images, places, channels);
      var g = ops.upload(gamma, channels);
      var b = ops.upload(beta, channels);
      double[] expected = Expected.groupNorm(x, images, channels, groups, gamma, beta, 1e-5f);
      double tolerance = 4e-6 * (1 + mean);
      // One or two equal numbers in a group: the variance is eps, and every rounding is magnified.
      double magnified = places * channels / groups < 4 ? tolerance * 100 : tolerance;
      assertClose(ops.groupNorm(input, g, b, groups, 1e-5f).toArray(), expected, magnified, "gn");
      double[] activated = new double[expected.length];
      for (int i = 0; i < activated.length; i++) {
        activated[i] = Expected.silu(expected[i]);
      }
      assertClose(
          ops.groupNormSilu(input, g, b, groups, 1e-5f).toArray(), activated, magnified, "gn+silu");
    }
  }

  /// Whoever computes an image may take its statistics on the way: they are those of what is
  /// stored, alone and beside another image.
  @ParameterizedTest
  @CsvSource({
    "2, 8, 8, 20, 40, 24, 4, 0",
    "3, 8, 24, 16, 64, 32, 32, 30",
    "1, 16, 20, 9, 66, 36, 3, 0",
    "2, 8, 8, 320, 96, 160, 8, 0",
    "1, 7, 9, 20, 40, 24, 4, 30",
    "1, 40, 64, 4, 33, 33, 3, 0",
    "1, 8, 16, 8, 32, 64, 4, 10000"
  })
  void whatHasBeenComputedIsNormalised(
      int n, int h, int w, int ins, int outs, int beside, int groups, double mean) {
    Assumptions.assumeTrue(
        mean < 1000 || rounding() == 0, "in this format nothing of the variance is left");
    var x = ops.upload(noise(1, n * h * w * ins), n, h, w, ins);
    var filter = computed(2, outs, ins, 3);
    var b = ops.upload(around(mean, 3, outs), outs);
    var v = ops.upload(noise(4, n * outs), n, outs);
    var r = ops.upload(noise(5, n * h * w * outs), n, h, w, outs);
    var matrix = ops.linearWeight(HostTensor.of(noise(6, outs * ins, 0.1), outs, ins));
    var first = ops.conv2dAdd(x, filter, b, r);
    var other = ops.upload(around(mean, 7, beside), beside);
    var second = ops.conv2d(x, computed(8, beside, ins, 3), other, 1, Padding.SAME);
    var doubling =
        ops.upsampleConvWeight(
            HostTensor.of(noise(12, outs * ins * 9, 0.1), outs, ins, 3, 3), 2 * h, 2 * w);
    var doubled = ops.upsampleConv2d(x, doubling, b, 2 * h, 2 * w);
    var images =
        List.of(
            first,
            ops.conv2d(x, filter, b, 1, Padding.SAME),
            ops.conv2d(x, filter, b, 2, Padding.BOTTOM_RIGHT),
            ops.conv2d(x, computed(9, outs, ins, 1), b, 1, Padding.SAME),
            ops.conv2dAddPerImage(x, filter, b, v),
            ops.upsampleConv2d(x, filter, b, 2 * h, 2 * w),
            doubled,
            ops.slice(doubled, n - 1, n),
            ops.linearAdd(x, matrix, b, r),
            ops.concat(first, second),
            ops.slice(first, n - 1, n),
            ops.concat(ops.slice(second, 0, 1), ops.slice(first, n - 1, n)));
    for (int i = 0; i < images.size(); i++) {
      var image = images.get(i);
      int c = image.dim(3);
      if (c % groups == 0) {
        float[] gamma = noise(10, c);
        float[] beta = noise(11, c);
        float[] y =
            ops.groupNorm(image, ops.upload(gamma, c), ops.upload(beta, c), groups, 1e-5f)
                .toArray();
        double[] expected =
            Expected.groupNorm(image.toArray(), image.dim(0), c, groups, gamma, beta, 1e-5f);
        assertClose(y, expected, mean < 1000 ? 4e-6 * (1 + mean) : 2e-3, "image " + i);
      }
    }
  }

  /// The same bits, and the other views of an image stay as they are.
  @Test
  void normalisationInPlaceIsNormalisation() {
    for (int places : new int[] {7, 64}) {
      var gamma = ops.upload(noise(2, 40), 40);
      var beta = ops.upload(noise(3, 40), 40);
      var filter = computed(4, 40, 20, 3);
      var x = ops.upload(noise(1, 2 * 8 * places * 20), 2, 8, places, 20);
      var image = ops.conv2d(x, filter, beta, 1, Padding.SAME);
      float[] before = image.toArray();
      float[] expected = ops.groupNormSilu(image, gamma, beta, 4, 1e-5f).toArray();
      var again = ops.groupNorm(ops.groupNormSilu(image, gamma, beta, 4, 1e-5f), gamma, beta, 4, 0);
      var view = ops.slice(image, 1, 2);
      assertThat(ops.groupNormSiluInPlace(image, gamma, beta, 4, 1e-5f).toArray())
          .containsExactly(expected);
      assertThat(view.toArray())
          .containsExactly(Arrays.copyOfRange(before, before.length / 2, before.length));
      // Of the second image there is no other view, and what was known of it is no longer so.
      var other = ops.conv2d(x, filter, beta, 1, Padding.SAME);
      var y = ops.groupNormSiluInPlace(other, gamma, beta, 4, 1e-5f);
      assertThat(y.toArray()).containsExactly(expected);
      assertThat(ops.groupNorm(y, gamma, beta, 4, 0).toArray()).containsExactly(again.toArray());
    }
  }

  private Weight computed(int seed, int outs, int ins, int size) {
    int k = ins * size * size;
    float[] w = noise(seed, outs * k, 1 / Math.sqrt(k));
    return ops.convWeight(HostTensor.of(w, outs, ins, size, size));
  }

  private float[] around(double mean, long seed, int n) {
    float[] x = Numbers.noise(seed, n, 1);
    for (int i = 0; i < n; i++) {
      x[i] += (float) mean;
    }
    return exact(x);
  }

  @Test
  void groupNormOfAConstantImageIsBeta() {
    float[] x = new float[2 * 9 * 8];
    java.util.Arrays.fill(x, rounded(3.7f));
    float[] beta = noise(3, 8);
    float[] y =
        ops.groupNorm(
                ops.upload(x, 2, 3, 3, 8),
                ops.upload(noise(2, 8), 8),
                ops.upload(beta, 8),
                4,
                1e-6f)
            .toArray();
    for (int i = 0; i < y.length; i++) {
      // 3.7's own rounding over √eps
      assertClose(y[i], beta[i % 8], 4e-4, "constant");
    }
  }

  @Test
  void normalisationSurvivesAMeanFarFromZero() {
    Assumptions.assumeTrue(rounding() == 0, "in this format nothing of the variance is left");
    // With Σx² - (Σx)²/n in float nothing of the variance would be left.
    float[] x = noise(1, 4096 * 8);
    for (int i = 0; i < x.length; i++) {
      x[i] += 10_000;
    }
    float[] gamma = new float[8];
    java.util.Arrays.fill(gamma, 1);
    var g = ops.upload(gamma, 8);
    var zero = ops.upload(new float[8], 8);
    double[] expected = Expected.groupNorm(x, 1, 8, 2, gamma, new float[8], 1e-5f);
    assertClose(
        ops.groupNorm(ops.upload(x, 1, 64, 64, 8), g, zero, 2, 1e-5f).toArray(),
        expected,
        2e-3,
        "groupNorm");
    double[] rows = Expected.groupNorm(x, 4096, 8, 1, gamma, new float[8], 1e-5f);
    assertClose(
        ops.layerNorm(ops.upload(x, 4096, 8), g, zero, 1e-5f).toArray(), rows, 5e-3, "layerNorm");
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "7, 7", "13, 77", "3, 207", "77, 768", "5, 320", "2, 1280", "600, 33"})
  void layerNorm(int rows, int channels) {
    float[] x = noise(1, rows * channels);
    float[] gamma = noise(2, channels);
    float[] beta = noise(3, channels);
    float[] y =
        ops.layerNorm(
                ops.upload(x, 1, rows, channels),
                ops.upload(gamma, channels),
                ops.upload(beta, channels),
                1e-5f)
            .toArray();
    assertClose(y, Expected.groupNorm(x, rows, channels, 1, gamma, beta, 1e-5f), 4e-6, "layerNorm");
  }

  // ---- attention ----

  @Test
  void attentionAtAwkwardSizes() {
    for (int width : new int[] {1, 4, 7, 8, 10, 40}) {
      for (int queries : new int[] {1, 13, 77}) {
        for (int keys : new int[] {1, 7, 77, 207}) {
          try (var _ = ops.openScope()) {
            attention(2, 2, width, queries, keys, false, 1, 60);
          }
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "8, 40, 100, 77, false",
    "8, 40, 256, 256, false",
    "8, 80, 64, 64, false",
    "8, 80, 64, 77, false",
    "8, 160, 64, 77, false",
    "8, 160, 16, 16, false",
    "1, 512, 70, 70, false",
    "12, 64, 77, 77, true",
    "8, 8, 64, 77, false",
    "3, 10, 207, 207, true",
    "2, 5, 13, 7, true",
    "1, 16, 1, 300, true"
  })
  void attentionAtRealSizes(int heads, int width, int queries, int keys, boolean causal) {
    attention(2, heads, width, queries, keys, causal, 1, 1000);
  }

  @Test
  void attentionWithLargeLogitsDoesNotOverflow() {
    attention(1, 2, 16, 20, 150, false, 30, 600);
    attention(1, 2, 16, 20, 20, true, 30, 600);
  }

  /// Every key after the first hundred outweighs all before it, then they fall again: what has been
  /// added up is scaled down time and again, and then nothing more is.
  @Test
  void attentionFollowsLogitsThatGrow() {
    int queries = 70;
    int keys = 500;
    int width = 16;
    float[] q = noise(1, queries * width);
    for (int i = 0; i < q.length; i++) {
      q[i] = 1 + 0.1f * q[i];
    }
    float[] k = noise(2, keys * width);
    for (int i = 0; i < k.length; i++) {
      int key = i / width;
      k[i] = 0.1f * k[i] + 0.1f * Math.min(Math.max(0, key - 100), 400 - key);
    }
    attention(1, 1, width, queries, keys, false, exact(q), exact(k), 130, 1000);
  }

  private void attention(
      int n,
      int heads,
      int width,
      int queries,
      int keys,
      boolean causal,
      double size,
      int samples) {
    int channels = heads * width;
    float[] q = noise(1, n * queries * channels, size);
    float[] k = noise(2, n * keys * channels, size);
    attention(n, heads, width, queries, keys, causal, q, k, size * size * 4, samples);
  }

  /// @param logit how large logits may be
  private void attention(
      int n,
      int heads,
      int width,
      int queries,
      int keys,
      boolean causal,
      float[] q,
      float[] k,
      double logit,
      int samples) {
    int channels = heads * width;
    float[] v = noise(3, n * keys * channels);
    var y =
        ops.attention(
            ops.upload(q, n, queries, channels),
            ops.upload(k, n, keys, channels),
            ops.upload(v, n, keys, channels),
            heads,
            causal);
    assertThat(y.shape()).isEqualTo(Shape.of(n, queries, channels));
    float[] actual = y.toArray();
    // A logit of size s is off by s·√width ulps of 1/2, and so, relatively, is its weight.
    double tolerance = tolerance(keys) + logit * tolerance(width);
    var random = new Random(4);
    for (int s = 0; s < samples; s++) {
      int i = random.nextInt(actual.length);
      int row = i / channels;
      int c = i % channels;
      int image = row / queries;
      double expected =
          Expected.attention(
              q,
              k,
              v,
              keys,
              channels,
              width,
              c / width,
              row,
              image * keys,
              causal ? row % queries + 1 : keys,
              c % width);
      assertClose(
          actual[i], expected, tolerance, "attention " + heads + "x" + width + " [" + i + "]");
    }
  }

  @Test
  void causalAttentionDoesNotSeeTheFuture() {
    float[] x = noise(1, 77 * 24);
    var now = ops.upload(x, 1, 77, 24);
    float[] before = ops.attention(now, now, now, 2, true).toArray();
    for (int i = 50 * 24; i < x.length; i++) {
      x[i] = 1e4f;
    }
    var changed = ops.upload(x, 1, 77, 24);
    float[] after = ops.attention(changed, changed, changed, 2, true).toArray();
    for (int i = 0; i < 50 * 24; i++) {
      assertThat(after[i]).isEqualTo(before[i]);
    }
    assertThat(after[60 * 24]).isNotEqualTo(before[60 * 24]);
  }

  // ---- activations ----

  @Test
  void activationsOnADenseGrid() {
    int n = 20_001;
    float[] x = new float[n];
    float[] pairs = new float[2 * n];
    for (int i = 0; i < n; i++) {
      x[i] = rounded((i - n / 2) * 1e-3f);
      pairs[2 * i] = 1;
      pairs[2 * i + 1] = x[i];
    }
    float[] silu = ops.silu(ops.upload(x, n)).toArray();
    float[] quick = ops.quickGelu(ops.upload(x, n)).toArray();
    float[] gelu = ops.geglu(ops.upload(pairs, n, 2)).toArray();
    for (int i = 0; i < n; i++) {
      // Relative to the result's size, and 1e-7 absolute.
      double size = Math.max(1, Math.abs(x[i]));
      assertClose(silu[i], Expected.silu(x[i]), 1.5e-7 * size, "silu " + x[i]);
      assertClose(quick[i], Expected.quickGelu(x[i]), 2.5e-7 * size, "quickGelu " + x[i]);
      if (i % 7 == 0) {
        assertClose(gelu[i], Expected.gelu(x[i]), 1e-7 * size, "gelu " + x[i]);
      }
    }
  }

  @Test
  void activationsFarOut() {
    float[] x = {
      0f, -0f, 87, 88, 89, 127, 200, 1e4f, 1e30f, -87, -88, -89, -127, -200, -1e4f, -1e30f
    };
    // What is infinite in this format is no test.
    for (int i = 0; i < x.length; i++) {
      x[i] = Float.isInfinite(rounded(x[i])) ? Math.signum(x[i]) * 30_000 : rounded(x[i]);
    }
    float[] pairs = new float[2 * x.length];
    for (int i = 0; i < x.length; i++) {
      pairs[2 * i] = 1;
      pairs[2 * i + 1] = x[i];
    }
    float[] silu = ops.silu(ops.upload(x, x.length)).toArray();
    float[] quick = ops.quickGelu(ops.upload(x, x.length)).toArray();
    float[] gelu = ops.geglu(ops.upload(pairs, x.length, 2)).toArray();
    for (int i = 0; i < x.length; i++) {
      double expected = Math.max(0, x[i]);
      double tolerance = 2e-7 * expected + 1e-35;
      assertClose(silu[i], expected, tolerance, "silu " + x[i]);
      assertClose(quick[i], expected, tolerance, "quickGelu " + x[i]);
      assertClose(gelu[i], expected, tolerance, "gelu " + x[i]);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 13, 77, 207})
  void gegluSplitsEveryRow(int width) {
    float[] x = noise(1, 5 * 2 * width);
    var y = ops.geglu(ops.upload(x, 5, 2 * width));
    assertThat(y.shape()).isEqualTo(Shape.of(5, width));
    float[] actual = y.toArray();
    for (int i = 0; i < actual.length; i++) {
      int at = i / width * 2 * width + i % width;
      assertClose(actual[i], x[at] * Expected.gelu(x[at + width]), 1e-6, "geglu");
    }
  }

  @Test
  void nanIsPassedOn() {
    float[] x = noise(1, 4 * 32);
    x[70] = Float.NaN;
    var input = ops.upload(x, 1, 4, 32);
    var one = ops.upload(noise(2, 32), 32);
    assertThat(ops.silu(input).toArray()[70]).isNaN();
    assertThat(ops.quickGelu(input).toArray()[70]).isNaN();
    assertThat(ops.geglu(input).toArray()[2 * 16 + 6]).isNaN();
    assertThat(ops.groupNorm(input, one, one, 4, 1e-5f).toArray()[6]).isNaN();
    assertThat(ops.layerNorm(input, one, one, 1e-5f).toArray()[70]).isNaN();
    assertThat(ops.attention(input, input, input, 2, false).toArray()[2]).isNaN();
  }

  // ---- element by element, and shape ----

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 13, 77, 207, 40_000})
  void addRepeatsTheSecondOperand(int n) {
    float[] x = noise(1, 3 * n);
    float[] y = noise(2, n);
    float[] sum = ops.add(ops.upload(x, 3, n), ops.upload(y, n)).toArray();
    for (int i = 0; i < sum.length; i++) {
      assertClose(sum[i], x[i] + y[i % n], 0, "add");
    }
    float[] twice = ops.upload(x, 3, n).plus(ops.upload(x, 3, n)).toArray();
    for (int i = 0; i < sum.length; i++) {
      assertThat(twice[i]).isEqualTo(2 * x[i]);
    }
  }

  @Test
  void addPerImageAddsOneVectorToEveryPlace() {
    float[] x = noise(1, 3 * 5 * 7 * 13);
    float[] v = noise(2, 3 * 13);
    float[] y = ops.addPerImage(ops.upload(x, 3, 5, 7, 13), ops.upload(v, 3, 13)).toArray();
    for (int i = 0; i < y.length; i++) {
      assertClose(y[i], x[i] + v[i / (5 * 7 * 13) * 13 + i % 13], 0, "addPerImage");
    }
  }

  @Test
  void weightedSumAddsUp() {
    var x = ops.upload(new float[] {1, 2, 3}, 3);
    var y = ops.upload(new float[] {10, 20, 30}, 3);
    assertThat(ops.weightedSum(new float[] {2, -0.5f}, x, y).toArray()).containsExactly(-3, -6, -9);
  }

  @Test
  void shapesChangeWithoutTheNumbers() {
    float[] x = noise(1, 24);
    var t = ops.upload(x, 2, 3, 4);
    assertThat(t.reshape(6, 4).shape()).isEqualTo(Shape.of(6, 4));
    assertThat(t.reshape(6, 4).toArray()).isEqualTo(x);
    assertThat(ops.slice(t, 1, 2).toArray()).isEqualTo(java.util.Arrays.copyOfRange(x, 12, 24));
    assertThat(ops.slice(t, 1, 1).shape()).isEqualTo(Shape.of(0, 3, 4));
    assertThat(ops.slice(ops.slice(t, 1, 2).reshape(3, 4), 2, 3).toArray())
        .isEqualTo(java.util.Arrays.copyOfRange(x, 20, 24));
    assertThat(ops.batch(ops.slice(t, 1, 2), t).toArray()).hasSize(36).startsWith(x[12]);
    assertThat(ops.batch(ops.slice(t, 1, 2), t).shape()).isEqualTo(Shape.of(3, 3, 4));
  }

  @Test
  void concatPutsChannelsSideBySide() {
    var x = ops.upload(new float[] {1, 2, 3, 4}, 1, 2, 2);
    var y = ops.upload(new float[] {5, 6}, 1, 2, 1);
    var z = ops.concat(x, y);
    assertThat(z.shape()).isEqualTo(Shape.of(1, 2, 3));
    assertThat(z.toArray()).containsExactly(1, 2, 5, 3, 4, 6);
  }

  /// A backend need not write down what is side by side before somebody wants it in one piece.
  @Test
  void whatIsSideBySideIsUsedAsOneTensor() {
    for (int left : new int[] {16, 9, 1, 40}) {
      int c = left == 40 ? 64 : 24;
      var x = ops.upload(noise(1, 2 * 35 * left), 2, 5, 7, left);
      var y = ops.upload(noise(2, 2 * 35 * (c - left)), 2, 5, 7, c - left);
      var gamma = ops.upload(noise(3, c), c);
      var beta = ops.upload(noise(4, c), c);
      var w = ops.linearWeight(HostTensor.of(noise(5, 46 * c), 46, c));
      var b = ops.upload(noise(6, 46), 46);
      var added = ops.upload(noise(7, 2 * 35 * 46), 2, 5, 7, 46);
      var filter = ops.convWeight(HostTensor.of(noise(8, 5 * c * 9), 5, c, 3, 3));
      var five = ops.upload(noise(9, 5), 5);
      List<UnaryOperator<Tensor>> uses =
          List.of(
              z -> ops.groupNorm(z, gamma, beta, 4, 1e-5f),
              z -> ops.groupNormSilu(z, gamma, beta, 8, 1e-5f),
              z -> ops.linear(z, w, b),
              z -> ops.linearAdd(z, w, null, added),
              z -> ops.linearGeglu(z, w, b),
              z -> ops.conv2d(z, filter, five, 1, Padding.SAME),
              z -> ops.layerNorm(z, gamma, beta, 1e-5f),
              z -> ops.add(z, z),
              z -> ops.concat(z, z),
              z -> ops.slice(z, 1, 2),
              z -> ops.batch(z, z),
              z -> z.reshape(70, c),
              z -> ops.weightedSum(new float[] {1, 2}, z, z));
      var whole = ops.upload(ops.concat(x, y).toArray(), 2, 5, 7, c);
      var shared = ops.concat(x, y);
      for (int i = 0; i < uses.size(); i++) {
        float[] expected = uses.get(i).apply(whole).toArray();
        assertThat(uses.get(i).apply(ops.concat(x, y)).toArray())
            .as("use " + i + " of " + left)
            .containsExactly(expected);
        assertThat(uses.get(i).apply(shared).toArray()).as("once more").containsExactly(expected);
      }
    }
  }

  @Test
  void upsampleCopiesTheNearestPixel() {
    var x = ops.upload(new float[] {1, 2, 3, 4, 5, 6}, 1, 2, 3, 1);
    assertThat(ops.upsample(x, 4, 6).toArray())
        .containsExactly(1, 1, 2, 2, 3, 3, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 4, 4, 5, 5, 6, 6);
    // Not a multiple: ⌊q·3/5⌋ is 0, 0, 1, 1, 2.
    assertThat(ops.upsample(x, 1, 5).toArray()).containsExactly(1, 1, 2, 2, 3);
  }

  @Test
  void frameContinuesAnImageOnItsOppositeSide() {
    var x = ops.upload(new float[] {1, 2, 3, 4, 5, 6}, 1, 2, 3, 1);
    assertThat(ops.frame(x, true, true).shape()).isEqualTo(Shape.of(1, 4, 5, 1));
    assertThat(ops.frame(x, true, true).toArray())
        .containsExactly(6, 4, 5, 6, 4, 3, 1, 2, 3, 1, 6, 4, 5, 6, 4, 3, 1, 2, 3, 1);
    assertThat(ops.frame(x, false, true).toArray())
        .containsExactly(0, 0, 0, 0, 0, 3, 1, 2, 3, 1, 6, 4, 5, 6, 4, 0, 0, 0, 0, 0);
    assertThat(ops.frame(x, true, false).toArray())
        .containsExactly(0, 4, 5, 6, 0, 0, 1, 2, 3, 0, 0, 4, 5, 6, 0, 0, 1, 2, 3, 0);
    var one = ops.upload(new float[] {1, 2}, 2, 1, 1, 1);
    assertThat(ops.frame(one, true, true).toArray())
        .containsExactly(1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2);
    assertThatThrownBy(() -> ops.frame(x.reshape(6), true, true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("frame");
  }

  /// Zeros around the image, laid by hand, are what [Padding#SAME] means.
  @Test
  void aFramedImageIsConvolvedAsAPaddedOne() {
    var x = ops.upload(noise(1, 2 * 7 * 13 * 20), 2, 7, 13, 20);
    var w = ops.convWeight(HostTensor.of(noise(2, 77 * 20 * 9), 77, 20, 3, 3));
    var b = ops.upload(noise(3, 77), 77);
    for (int stride = 1; stride <= 2; stride++) {
      assertClose(
          ops.conv2d(ops.frame(x, false, false), w, b, stride, Padding.NONE).toArray(),
          doubles(ops.conv2d(x, w, b, stride, Padding.SAME).toArray()),
          tolerance(180),
          "frame");
    }
  }

  @Test
  void embeddingPicksRows() {
    var table = ops.upload(HostTensor.of(new float[] {1, 2, 3, 4, 5, 6}, 3, 2));
    assertThat(ops.embedding(table, new int[] {2, 0, 2}).toArray())
        .containsExactly(5, 6, 1, 2, 5, 6);
  }

  // ---- one image does not depend on the others ----

  @Test
  void anImageInABatchIsTheImageAlone() {
    int n = 3;
    var x = ops.upload(noise(1, n * 7 * 7 * 20), n, 7, 7, 20);
    var w = ops.convWeight(HostTensor.of(noise(2, 77 * 20 * 9), 77, 20, 3, 3));
    var b = ops.upload(noise(3, 77), 77);
    var r = ops.upload(noise(4, n * 49 * 77), n, 7, 7, 77);
    var v = ops.upload(noise(5, n * 77), n, 77);
    var matrix = ops.linearWeight(HostTensor.of(noise(6, 154 * 20), 154, 20));
    var b2 = ops.upload(noise(7, 154), 154);
    var c = ops.upload(noise(8, 20), 20);
    var text = ops.upload(noise(9, n * 13 * 20), n, 13, 20);

    alone(n, i -> ops.conv2d(at(x, i), w, b, 1, Padding.SAME));
    alone(n, i -> ops.conv2d(at(x, i), w, b, 2, Padding.BOTTOM_RIGHT));
    alone(n, i -> ops.conv2dAdd(at(x, i), w, b, at(r, i)));
    alone(n, i -> ops.conv2dAddPerImage(at(x, i), w, b, at(v, i)));
    alone(n, i -> ops.upsampleConv2d(at(x, i), w, b, 14, 14));
    var doubling = ops.upsampleConvWeight(HostTensor.of(noise(2, 77 * 20 * 9), 77, 20, 3, 3), 0, 0);
    alone(n, i -> ops.upsampleConv2d(at(x, i), doubling, b, 14, 14));
    alone(n, i -> ops.linear(at(x, i), matrix, b2));
    alone(n, i -> ops.linearGeglu(at(x, i), matrix, b2));
    alone(n, i -> ops.linearQuickGelu(at(x, i), matrix, b2));
    alone(n, i -> ops.groupNorm(at(x, i), c, c, 5, 1e-5f));
    alone(n, i -> ops.groupNormSilu(at(x, i), c, c, 5, 1e-5f));
    alone(n, i -> ops.layerNorm(at(x, i), c, c, 1e-5f));
    alone(n, i -> ops.silu(at(x, i)));
    alone(n, i -> ops.quickGelu(at(x, i)));
    alone(n, i -> ops.geglu(at(x, i)));
    alone(n, i -> ops.add(at(r, i), b));
    alone(n, i -> ops.addPerImage(at(r, i), at(v, i)));
    alone(n, i -> ops.concat(at(x, i), at(x, i)));
    alone(n, i -> ops.upsample(at(x, i), 9, 20));
    // Images of many tiles, more than one block of them and no whole number of blocks.
    var large = ops.upload(noise(10, n * 35 * 37 * 33), n, 35, 37, 33);
    var w3 = ops.convWeight(HostTensor.of(noise(11, 45 * 33 * 9), 45, 33, 3, 3));
    var b3 = ops.upload(noise(12, 45), 45);
    var r3 = ops.upload(noise(13, n * 35 * 37 * 45), n, 35, 37, 45);
    var v3 = ops.upload(noise(14, n * 45), n, 45);
    alone(n, i -> ops.conv2dAdd(at(large, i), w3, b3, at(r3, i)));
    // Statistics that come with an image.
    var eight = ops.upload(noise(15, n * 64 * 40), n, 8, 8, 40);
    var w4 = ops.convWeight(HostTensor.of(noise(16, 40 * 40 * 9), 40, 40, 3, 3));
    var c4 = ops.upload(noise(17, 40), 40);
    alone(
        n, i -> ops.groupNorm(ops.conv2dAdd(at(eight, i), w4, c4, at(eight, i)), c4, c4, 4, 1e-5f));
    alone(n, i -> ops.conv2dAddPerImage(at(large, i), w3, b3, at(v3, i)));
    alone(n, i -> ops.upsampleConv2d(at(large, i), w3, b3, 50, 75));
    for (boolean causal : new boolean[] {false, true}) {
      alone(
          n,
          i -> {
            var image = at(x, i);
            var q = image.reshape(image.dim(0), 49, 20);
            return ops.attention(q, at(text, i), at(text, i), 2, causal);
          });
    }
  }

  /// Image `i`, or all for -1.
  private Tensor at(Tensor x, int i) {
    return i < 0 ? x : ops.slice(x, i, i + 1);
  }

  private void alone(int n, java.util.function.IntFunction<Tensor> op) {
    var all = op.apply(-1);
    for (int i = 0; i < n; i++) {
      assertThat(op.apply(i).toArray()).isEqualTo(ops.slice(all, i, i + 1).toArray());
    }
  }

  // ---- empty and bad arguments ----

  @Test
  void emptyTensorsGiveEmptyResults() {
    var none = ops.upload(new float[0], 0, 4, 8);
    var c = ops.upload(noise(1, 8), 8);
    var w = ops.linearWeight(HostTensor.of(noise(2, 24), 3, 8));
    assertThat(ops.linear(none, w, null).shape()).isEqualTo(Shape.of(0, 4, 3));
    assertThat(ops.layerNorm(none, c, c, 1e-5f).toArray()).isEmpty();
    var noImage = ops.upload(new float[0], 0, 40, 40, 32);
    var filter = ops.convWeight(HostTensor.of(noise(3, 33 * 32 * 9), 33, 32, 3, 3));
    var bias = ops.upload(noise(4, 33), 33);
    assertThat(ops.conv2d(noImage, filter, bias, 1, Padding.SAME).shape())
        .isEqualTo(Shape.of(0, 40, 40, 33));
    assertThat(ops.groupNorm(none, c, c, 2, 1e-5f).toArray()).isEmpty();
    assertThat(ops.silu(none).toArray()).isEmpty();
    assertThat(ops.geglu(none).toArray()).isEmpty();
    assertThat(ops.add(none, none).toArray()).isEmpty();
    assertThat(ops.attention(none, none, none, 2, false).toArray()).isEmpty();
    assertThat(ops.concat(none, none).shape()).isEqualTo(Shape.of(0, 4, 16));
  }

  @Test
  void badShapesAreNamed() {
    var x = ops.upload(noise(1, 24), 2, 3, 4);
    var image = ops.upload(noise(1, 24), 1, 2, 3, 4);
    var five = ops.upload(noise(2, 5), 5);
    var four = ops.upload(noise(2, 4), 4);
    var matrix = ops.linearWeight(HostTensor.of(noise(3, 15), 3, 5));
    var filter = ops.convWeight(HostTensor.of(noise(3, 5 * 4 * 9), 5, 4, 3, 3));
    refuses("linear", "[2, 3, 4] and [3, 5]", () -> ops.linear(x, matrix, null));
    refuses("linear", "[5, 4, 3, 3]", () -> ops.linear(x, filter, null));
    refuses("conv2d", "[3, 5]", () -> ops.conv2d(image, matrix, five, 1, Padding.SAME));
    refuses("conv2d", "[2, 3, 4]", () -> ops.conv2d(x, filter, five, 1, Padding.SAME));
    refuses("conv2d", "[4]", () -> ops.conv2d(image, filter, four, 1, Padding.SAME));
    refuses("conv2d", "stride", () -> ops.conv2d(image, filter, five, 0, Padding.SAME));
    refuses("(conv2dA|a)dd", "[1, 2, 3, 4]", () -> ops.conv2dAdd(image, filter, five, image));
    refuses("groupNorm", "3 groups", () -> ops.groupNorm(x, four, four, 3, 1e-5f));
    refuses("groupNorm", "gamma", () -> ops.groupNorm(x, five, four, 2, 1e-5f));
    refuses("layerNorm", "beta", () -> ops.layerNorm(x, four, five, 1e-5f));
    refuses("attention", "3 heads", () -> ops.attention(x, x, x, 3, false));
    refuses("attention", "[1, 2, 3, 4]", () -> ops.attention(image, image, image, 2, false));
    refuses("geglu", "[5]", () -> ops.geglu(five));
    refuses("add", "[2, 3, 4] and [5]", () -> ops.add(x, five));
    refuses("addPerImage", "[2, 3, 4] and [4]", () -> ops.addPerImage(x, four));
    refuses("weightedSum", "2 and 1", () -> ops.weightedSum(new float[2], x));
    refuses("weightedSum", "[2, 3, 4] and [4]", () -> ops.weightedSum(new float[2], x, four));
    refuses("reshape", "[2, 3, 4] and [5, 5]", () -> ops.reshape(x, 5, 5));
    refuses("concat", "[2, 3, 4] and [4]", () -> ops.concat(x, four));
    refuses("batch", "[2, 3, 4] and [4]", () -> ops.batch(x, four));
    refuses("slice", "1..3", () -> ops.slice(x, 1, 3));
    refuses("upsample", "[2, 3, 4]", () -> ops.upsample(x, 4, 4));
    refuses("upload", "[2, 2]", () -> ops.upload(new float[3], 2, 2));
    refuses("embedding", "2", () -> ops.embedding(x.reshape(2, 12), new int[] {2}));
    refuses("linearWeight", "[5]", () -> ops.linearWeight(HostTensor.of(new float[5], 5)));
    refuses("convWeight", "[5]", () -> ops.convWeight(HostTensor.of(new float[5], 5)));
  }

  @Test
  void tooLargeTensorsAreNamed() {
    var x = ops.upload(new float[1], 1, 1, 1, 1);
    refuses("upsample", "[1, 50000, 50000, 1]", () -> ops.upsample(x, 50_000, 50_000));
  }

  private static void refuses(String op, String detail, Runnable call) {
    assertThatThrownBy(call::run)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageMatching(op + ": .*")
        .hasMessageContaining(detail);
  }
}
