// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels;

/// Inputs for tests, and the comparison of results.
public final class Numbers {
  /// The spacing of floats just above 1.
  private static final double ULP = 0x1p-23;

  private Numbers() {}

  /// `n` numbers of mean 0 and variance 1, evenly distributed, times `scale`; always the same for
  /// one seed.
  public static float[] noise(long seed, int n, double scale) {
    float[] x = new float[n];
    long state = seed;
    for (int i = 0; i < n; i++) {
      // Knuth's MMIX generator; its upper half is random enough for weights.
      state = state * 6364136223846793005L + 1442695040888963407L;
      x[i] = (float) ((int) (state >> 32) * 0x1p-31 * Math.sqrt(3) * scale);
    }
    return x;
  }

  /// `n` numbers of mean 0 and variance 1.
  public static float[] noise(long seed, int n) {
    return noise(seed, n, 1);
  }

  /// `x` rounded to bfloat16, to even where two are equally near.
  public static float bf16(float x) {
    int bits = Float.floatToRawIntBits(x);
    if (Float.isNaN(x)) {
      return x;
    }
    return Float.intBitsToFloat((bits + 0x7fff + (bits >>> 16 & 1)) & 0xffff_0000);
  }

  /// What a float sum of `k` products of size 1/√k may be off by: about five standard deviations of
  /// the rounding errors' random walk.
  public static double tolerance(int k) {
    return ULP * (4 + 2 * Math.sqrt(k));
  }

  /// The same for a convolution of `ins` channels by Winograd's F(4x4,3x3).
  ///
  /// Output (i,j) is a sum of 36 products of transformed numbers, each itself a sum over the
  /// channels, with factors from A. Let `κᵢ = Σₑ Aᵢₑ² |Bₑ|² |Gₑ|²`. For independent inputs the
  /// terms' sizes make the rounding errors' random walk `√(κᵢκⱼ) / 9` times that of the plain sum
  /// over 9·ins products: 2.7 times for the worst output, 1.6 on average. Measured over all
  /// outputs: 1.6 to 1.8 times from 64 to 1280 channels. For F(2x2) it is 0.56, measured 0.55 to
  /// 0.62, so that [#tolerance] holds.
  public static double winogradTolerance(int ins) {
    return 3 * tolerance(9 * ins);
  }

  /// Fails unless every element is within `tolerance` of what is expected. NaN is never close.
  public static void assertClose(float[] actual, double[] expected, double tolerance, String what) {
    if (actual.length != expected.length) {
      throw new AssertionError(
          what + ": " + actual.length + " elements instead of " + expected.length);
    }
    for (int i = 0; i < actual.length; i++) {
      assertClose(actual[i], expected[i], tolerance, what + " [" + i + "]");
    }
  }

  /// Fails unless `actual` is within `tolerance` of what is expected. NaN is never close.
  public static void assertClose(double actual, double expected, double tolerance, String what) {
    if (!(Math.abs(actual - expected) <= tolerance)) {
      throw new AssertionError(
          what + ": " + actual + " instead of " + expected + ", tolerance " + tolerance);
    }
  }

  /// The same numbers as doubles.
  public static double[] doubles(float[] x) {
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = x[i];
    }
    return y;
  }
}
