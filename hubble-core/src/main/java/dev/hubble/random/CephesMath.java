// SPDX-License-Identifier: Apache-2.0
package dev.hubble.random;

/// Single-precision logarithm, sine and cosine by the polynomials of Moshier's Cephes library, in
/// exactly the order of operations of PyTorch's `avx_mathfun.h` on a machine with fused
/// multiply-add.
///
/// [Math#log] and friends are more accurate, and that is the trouble: a third of all noise values
/// would differ from PyTorch's in the last bit. Every [Math#fma] below is one fused instruction
/// there, and every plain `*` and `+` is two rounded ones. The constants have the digits of the
/// original, some more than a float holds.
@SuppressWarnings("FloatingPointLiteralPrecision")
final class CephesMath {
  private CephesMath() {}

  /// The natural logarithm of a normal number.
  static float log(float x) {
    int bits = Float.floatToRawIntBits(x);
    // x = m 2^e with m in [1/2, 1), then moved to [sqrt(1/2) - 1, sqrt(2) - 1) around 0.
    float e = (bits >>> 23) - 126;
    float half = Float.intBitsToFloat((bits & 0x007fffff) | 0x3f000000);
    float m = half - 1;
    if (half < 0.707106781186547524f) {
      e -= 1;
      m += half;
    }
    float z = m * m;
    float y = 7.0376836292E-2f;
    y = Math.fma(y, m, -1.1514610310E-1f);
    y = Math.fma(y, m, 1.1676998740E-1f);
    y = Math.fma(y, m, -1.2420140846E-1f);
    y = Math.fma(y, m, 1.4249322787E-1f);
    y = Math.fma(y, m, -1.6668057665E-1f);
    y = Math.fma(y, m, 2.0000714765E-1f);
    y = Math.fma(y, m, -2.4999993993E-1f);
    y = Math.fma(y, m, 3.3333331174E-1f);
    y = y * m;
    // ln 2 in two parts, the large one with few enough bits that e times it is exact.
    y = Math.fma(y, z, e * -2.12194440e-4f);
    y = Math.fma(-z, 0.5f, y);
    return Math.fma(e, 0.693359375f, m + y);
  }

  /// `r cos x` to `into[cosAt]` and `r sin x` to `into[sinAt]`, for `x >= 0`.
  static void polar(float r, float x, float[] into, int cosAt, int sinAt) {
    // x minus the nearest even multiple j of pi/4 (in three parts), so that |z| <= pi/4.
    int j = ((int) (x * 1.27323954473516f) + 1) & ~1;
    float y = j;
    x = Math.fma(y, -0.78515625f, x);
    x = Math.fma(y, -2.4187564849853515625e-4f, x);
    x = Math.fma(y, -3.77489497744594108e-8f, x);
    float z = x * x;

    float c = 2.443315711809948E-5f;
    c = Math.fma(c, z, -1.388731625493765E-3f);
    c = Math.fma(c, z, 4.166664568298827E-2f) * z;
    c = Math.fma(c, z, -(z * 0.5f)) + 1;

    float s = -1.9515295891E-4f;
    s = Math.fma(s, z, 8.3321608736E-3f);
    s = Math.fma(s, z, -1.6666654611E-1f) * z;
    s = Math.fma(s, x, x);

    // Back to the octant: swap in every other quadrant, and the signs of the quadrant.
    boolean swap = (j & 2) != 0;
    float cos = swap ? s : c;
    float sin = swap ? c : s;
    into[cosAt] = r * (((j - 2) & 4) == 0 ? -cos : cos);
    into[sinAt] = r * ((j & 4) != 0 ? -sin : sin);
  }
}
