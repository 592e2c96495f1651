// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu.vector;

import static jdk.incubator.vector.VectorOperators.ABS;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// Elementary functions, lane by lane, from additions, multiplications and bits only: they compile
/// inline, and give the same bits in the interpreter and in compiled code.
final class Functions {
  private static final VectorSpecies<Float> S = Species.FLOAT;

  /// 1.5·2²³: adding it rounds to an integer, which is then in the sum's lowest bits.
  private static final float ROUND = 12582912f;

  private static final float LOG2_E = 1.442695f;
  // ln 2 in two parts; the first is 355/512, so that a multiple of it by an exponent is exact.
  private static final float LN2_HIGH = 0.6933594f;
  private static final float LN2_LOW = -0.00021219444f;

  private Functions() {}

  /// `2^x` for x <= 127, within 1e-7 relative; 0 for x <= -127. NaN stays NaN.
  static FloatVector exp2(FloatVector x) {
    var clamped = x.blend(-127f, x.compare(LT, -127f));
    var rounded = clamped.add(ROUND);
    var f = clamped.sub(rounded.sub(ROUND));
    // Minimax polynomial of 2^f for |f| <= 1/2, error 2e-9, exactly 1 at 0.
    var p =
        broadcast(0.0001535336f)
            .fma(f, broadcast(0.0013398875f))
            .fma(f, broadcast(0.009618437f))
            .fma(f, broadcast(0.055503324f))
            .fma(f, broadcast(0.24022648f))
            .fma(f, broadcast(0.6931472f))
            .fma(f, broadcast(1f));
    return scale(p, rounded);
  }

  /// `e^x` for x <= 88, within 1.5e-7 relative; e^-87, about 1e-38, below that. NaN stays NaN.
  static FloatVector exp(FloatVector x) {
    var clamped = x.blend(-87f, x.compare(LT, -87f));
    var rounded = clamped.fma(broadcast(LOG2_E), broadcast(ROUND));
    var n = rounded.sub(ROUND);
    var f = n.fma(broadcast(-LN2_HIGH), clamped);
    f = n.fma(broadcast(-LN2_LOW), f);
    // Minimax polynomial of e^f for |f| <= ln(2)/2, error 2e-9.
    var p =
        broadcast(0.0013843606f)
            .fma(f, broadcast(0.0083741965f))
            .fma(f, broadcast(0.041668005f))
            .fma(f, broadcast(0.1666643f))
            .fma(f, broadcast(0.49999994f))
            .fma(f, broadcast(1f))
            .fma(f, broadcast(1f));
    return scale(p, rounded);
  }

  /// `p · 2^n`, where n is in the lowest bits of `rounded`, by adding n to p's exponent.
  private static FloatVector scale(FloatVector p, FloatVector rounded) {
    return p.reinterpretAsInts()
        .add(rounded.reinterpretAsInts().lanewise(LSHL, 23))
        .reinterpretAsFloats();
  }

  /// `1 / (1 + e^-x)`
  static FloatVector sigmoid(FloatVector x) {
    // Beyond 87 the quotient would be a subnormal number, which costs a hundred cycles.
    var e = exp(x.neg().min(87f));
    return broadcast(1f).div(e.add(1f)).blend(0f, x.compare(LT, -87f));
  }

  /// The normal distribution function, within 1e-7 absolute, and in the lower tail about relative.
  ///
  /// The tail is `Φ(-t) = e^(-t²/2) · u · P(u)` with `u = 1/(1 + 0.3 t)`, the form of Abramowitz &
  /// Stegun 7.1.26 with a minimax polynomial of degree 8, whose error is 1e-8.
  static FloatVector normalCdf(FloatVector x) {
    var t = x.lanewise(ABS);
    var u = broadcast(1f).div(t.fma(broadcast(0.3f), broadcast(1f)));
    var p =
        broadcast(-0.0025630982f)
            .fma(u, broadcast(0.048833597f))
            .fma(u, broadcast(-0.18550621f))
            .fma(u, broadcast(0.23954673f))
            .fma(u, broadcast(-0.07680985f))
            .fma(u, broadcast(0.13832681f))
            .fma(u, broadcast(0.09748031f))
            .fma(u, broadcast(0.12108049f))
            .fma(u, broadcast(0.11961123f));
    // e^-80 is as good as 0, and its products are not yet subnormal, which would be slow.
    var tail = exp(t.mul(t).mul(-0.5f).max(-80f)).mul(u).mul(p);
    var upper = broadcast(1f).sub(tail);
    return upper.blend(tail, x.compare(LT, 0f));
  }

  private static FloatVector broadcast(float x) {
    return FloatVector.broadcast(S, x);
  }
}
