// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu.vector;

import static jdk.incubator.vector.VectorOperators.ABS;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// Elementary functions, lane by lane, from additions, multiplications and bits only: they give the
/// same bits in the interpreter and in compiled code.
///
/// The loops over arrays have the functions' text in them, and do not call them. Whether the
/// compiler inlines a method of this size depends on whether it has compiled it alone before, and a
/// vector that is passed to a call becomes an object: three times slower, in one run but not in the
/// next.
final class Functions {
  private static final VectorSpecies<Float> S = Species.FLOAT;

  /// 1.5·2²³: adding it rounds to an integer, which is then in the sum's lowest bits.
  private static final float ROUND = 12582912f;

  /// The bits of -125 after that. With it the result is not yet subnormal, which would be slow.
  private static final int LEAST = Float.floatToRawIntBits(ROUND) - 125;

  /// The bits of 100 after that: so large that no one misses it, and the sum of many such numbers
  /// still is one.
  private static final int MOST = Float.floatToRawIntBits(ROUND) + 100;

  private static final float LOG2_E = 1.442695f;
  // ln 2 in two parts; the first is 355/512, so that a multiple of it by an exponent is exact.
  private static final float LN2_HIGH = 0.6933594f;
  private static final float LN2_LOW = -0.00021219444f;

  private Functions() {}

  /// `x[i] = 2^(x[i] - top)` for `count` vectors that are `step` elements apart; adds them up.
  /// Within 1e-7 relative for differences up to 127; 0 from -127 down. NaN stays NaN.
  ///
  /// @param max where `top` is, the maximum of each lane
  /// @param sum to which element the sums are added
  static void exp2(
      float[] x, int at, int step, int count, float[] max, int maxAt, float[] sum, int sumAt) {
    var top = FloatVector.fromArray(S, max, maxAt);
    var added = FloatVector.fromArray(S, sum, sumAt);
    for (int j = 0; j < count; j++) {
      var y = FloatVector.fromArray(S, x, at + j * step).sub(top);
      var clamped = y.blend(-127f, y.compare(LT, -127f));
      var rounded = clamped.add(ROUND);
      var f = clamped.sub(rounded.sub(ROUND));
      // Minimax polynomial of 2^f for |f| <= 1/2, error 2e-9, exactly 1 at 0; and by adding n to
      // its
      // exponent, times 2^n.
      var p =
          FloatVector.broadcast(S, 0.0001535336f)
              .fma(f, FloatVector.broadcast(S, 0.0013398875f))
              .fma(f, FloatVector.broadcast(S, 0.009618437f))
              .fma(f, FloatVector.broadcast(S, 0.055503324f))
              .fma(f, FloatVector.broadcast(S, 0.24022648f))
              .fma(f, FloatVector.broadcast(S, 0.6931472f))
              .fma(f, FloatVector.broadcast(S, 1f));
      var power =
          p.reinterpretAsInts()
              .add(rounded.reinterpretAsInts().lanewise(LSHL, 23))
              .reinterpretAsFloats();
      power.intoArray(x, at + j * step);
      added = added.add(power);
    }
    added.intoArray(sum, sumAt);
  }

  /// The same for two neighbouring vectors, where all `x[i] - top` are known to be numbers between
  /// -2^21 and 2^21; of those over 100 only that they are large remains. Then the exponent can be
  /// held between -125 and 100 where it is an integer already, for an instruction less; and two
  /// vectors are a line of the cache and the next, which is fetched along with it.
  static void boundedExp2(
      float[] x, int at, int step, int count, float[] max, int maxAt, float[] sum, int sumAt) {
    var top0 = FloatVector.fromArray(S, max, maxAt);
    var top1 = FloatVector.fromArray(S, max, maxAt + Species.LANES);
    var added0 = FloatVector.fromArray(S, sum, sumAt);
    var added1 = FloatVector.fromArray(S, sum, sumAt + Species.LANES);
    for (int j = 0; j < count; j++) {
      int i = at + j * step;
      var y0 = FloatVector.fromArray(S, x, i).sub(top0);
      var rounded0 = y0.add(ROUND);
      var f0 = y0.sub(rounded0.sub(ROUND));
      var p0 =
          FloatVector.broadcast(S, 0.0001535336f)
              .fma(f0, FloatVector.broadcast(S, 0.0013398875f))
              .fma(f0, FloatVector.broadcast(S, 0.009618437f))
              .fma(f0, FloatVector.broadcast(S, 0.055503324f))
              .fma(f0, FloatVector.broadcast(S, 0.24022648f))
              .fma(f0, FloatVector.broadcast(S, 0.6931472f))
              .fma(f0, FloatVector.broadcast(S, 1f));
      var exponent0 = rounded0.reinterpretAsInts().max(LEAST).min(MOST).lanewise(LSHL, 23);
      var power0 = p0.reinterpretAsInts().add(exponent0).reinterpretAsFloats();
      power0.intoArray(x, i);
      added0 = added0.add(power0);
      var y1 = FloatVector.fromArray(S, x, i + Species.LANES).sub(top1);
      var rounded1 = y1.add(ROUND);
      var f1 = y1.sub(rounded1.sub(ROUND));
      var p1 =
          FloatVector.broadcast(S, 0.0001535336f)
              .fma(f1, FloatVector.broadcast(S, 0.0013398875f))
              .fma(f1, FloatVector.broadcast(S, 0.009618437f))
              .fma(f1, FloatVector.broadcast(S, 0.055503324f))
              .fma(f1, FloatVector.broadcast(S, 0.24022648f))
              .fma(f1, FloatVector.broadcast(S, 0.6931472f))
              .fma(f1, FloatVector.broadcast(S, 1f));
      var exponent1 = rounded1.reinterpretAsInts().max(LEAST).min(MOST).lanewise(LSHL, 23);
      var power1 = p1.reinterpretAsInts().add(exponent1).reinterpretAsFloats();
      power1.intoArray(x, i + Species.LANES);
      added1 = added1.add(power1);
    }
    added0.intoArray(sum, sumAt);
    added1.intoArray(sum, sumAt + Species.LANES);
  }

  /// `y[i] = x[i] · sigmoid(factor · x[i])` for `n` elements, which may be in place.
  ///
  /// The exponential is within 1.5e-7 relative. Where `factor · x` is below -87 the sigmoid is 0:
  /// it would be a subnormal number, which costs a hundred cycles.
  static void swish(float[] x, int xAt, float factor, float[] y, int yAt, int n) {
    int i = 0;
    for (; i <= n - Species.LANES; i += Species.LANES) {
      var v = FloatVector.fromArray(S, x, xAt + i);
      var s = v.mul(factor);
      var minus = s.neg().min(87f);
      var clamped = minus.blend(-87f, minus.compare(LT, -87f));
      var rounded = clamped.fma(FloatVector.broadcast(S, LOG2_E), FloatVector.broadcast(S, ROUND));
      var k = rounded.sub(ROUND);
      var f = k.fma(FloatVector.broadcast(S, -LN2_HIGH), clamped);
      f = k.fma(FloatVector.broadcast(S, -LN2_LOW), f);
      // Minimax polynomial of e^f for |f| <= ln(2)/2, error 2e-9.
      var p =
          FloatVector.broadcast(S, 0.0013843606f)
              .fma(f, FloatVector.broadcast(S, 0.0083741965f))
              .fma(f, FloatVector.broadcast(S, 0.041668005f))
              .fma(f, FloatVector.broadcast(S, 0.1666643f))
              .fma(f, FloatVector.broadcast(S, 0.49999994f))
              .fma(f, FloatVector.broadcast(S, 1f))
              .fma(f, FloatVector.broadcast(S, 1f));
      var e =
          p.reinterpretAsInts()
              .add(rounded.reinterpretAsInts().lanewise(LSHL, 23))
              .reinterpretAsFloats();
      var sigmoid = FloatVector.broadcast(S, 1f).div(e.add(1f)).blend(0f, s.compare(LT, -87f));
      v.mul(sigmoid).intoArray(y, yAt + i);
    }
    if (i < n) {
      swishEnd(x, xAt + i, factor, y, yAt + i, n - i);
    }
  }

  /// Less than a vector, filled up to one.
  private static void swishEnd(float[] x, int xAt, float factor, float[] y, int yAt, int n) {
    float[] whole = new float[Species.LANES];
    System.arraycopy(x, xAt, whole, 0, n);
    swish(whole, 0, factor, whole, 0, whole.length);
    System.arraycopy(whole, 0, y, yAt, n);
  }

  /// `y[i] = a[i] · g[i] · Φ(g[i])` for `n` elements. Φ, the normal distribution function, is
  /// within 1e-7 absolute, and in the lower tail about relative.
  ///
  /// The tail is `Φ(-t) = e^(-t²/2) · u · P(u)` with `u = 1/(1 + 0.3 t)`, the form of Abramowitz &
  /// Stegun 7.1.26 with a minimax polynomial of degree 8, whose error is 1e-8. `e^-80` is as good
  /// as 0, and its products are not yet subnormal, which would be slow.
  static void geglu(float[] a, int aAt, float[] g, int gAt, float[] y, int yAt, int n) {
    int i = 0;
    for (; i <= n - Species.LANES; i += Species.LANES) {
      var x = FloatVector.fromArray(S, g, gAt + i);
      var t = x.lanewise(ABS);
      var u =
          FloatVector.broadcast(S, 1f)
              .div(t.fma(FloatVector.broadcast(S, 0.3f), FloatVector.broadcast(S, 1f)));
      var q =
          FloatVector.broadcast(S, -0.0025630982f)
              .fma(u, FloatVector.broadcast(S, 0.048833597f))
              .fma(u, FloatVector.broadcast(S, -0.18550621f))
              .fma(u, FloatVector.broadcast(S, 0.23954673f))
              .fma(u, FloatVector.broadcast(S, -0.07680985f))
              .fma(u, FloatVector.broadcast(S, 0.13832681f))
              .fma(u, FloatVector.broadcast(S, 0.09748031f))
              .fma(u, FloatVector.broadcast(S, 0.12108049f))
              .fma(u, FloatVector.broadcast(S, 0.11961123f));
      var z = t.mul(t).mul(-0.5f).max(-80f);
      var clamped = z.blend(-87f, z.compare(LT, -87f));
      var rounded = clamped.fma(FloatVector.broadcast(S, LOG2_E), FloatVector.broadcast(S, ROUND));
      var k = rounded.sub(ROUND);
      var f = k.fma(FloatVector.broadcast(S, -LN2_HIGH), clamped);
      f = k.fma(FloatVector.broadcast(S, -LN2_LOW), f);
      var p =
          FloatVector.broadcast(S, 0.0013843606f)
              .fma(f, FloatVector.broadcast(S, 0.0083741965f))
              .fma(f, FloatVector.broadcast(S, 0.041668005f))
              .fma(f, FloatVector.broadcast(S, 0.1666643f))
              .fma(f, FloatVector.broadcast(S, 0.49999994f))
              .fma(f, FloatVector.broadcast(S, 1f))
              .fma(f, FloatVector.broadcast(S, 1f));
      var e =
          p.reinterpretAsInts()
              .add(rounded.reinterpretAsInts().lanewise(LSHL, 23))
              .reinterpretAsFloats();
      var tail = e.mul(u).mul(q);
      var upper = FloatVector.broadcast(S, 1f).sub(tail);
      var cdf = upper.blend(tail, x.compare(LT, 0f));
      FloatVector.fromArray(S, a, aAt + i).mul(x.mul(cdf)).intoArray(y, yAt + i);
    }
    if (i < n) {
      gegluEnd(a, aAt + i, g, gAt + i, y, yAt + i, n - i);
    }
  }

  private static void gegluEnd(float[] a, int aAt, float[] g, int gAt, float[] y, int yAt, int n) {
    float[] values = new float[Species.LANES];
    float[] gates = new float[Species.LANES];
    System.arraycopy(a, aAt, values, 0, n);
    System.arraycopy(g, gAt, gates, 0, n);
    geglu(values, 0, gates, 0, values, 0, values.length);
    System.arraycopy(values, 0, y, yAt, n);
  }
}
