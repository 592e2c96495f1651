// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.model;

import java.nio.charset.StandardCharsets;

/// Numbers that look random and depend on a name and an index alone, so that any program in any
/// language can make the same ones: splitmix64 (Steele et al., 2014), started at the name's FNV-1a
/// hash.
public final class Formula {
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;
  private static final double STEP = 2.0 / (1 << 24);

  private Formula() {}

  /// The 64-bit FNV-1a hash of `name`.
  static long hash(String name) {
    long h = 0xCBF29CE484222325L;
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      h = (h ^ (b & 0xFF)) * 0x100000001B3L;
    }
    return h;
  }

  /// The first `count` numbers of `name`, in [-1, 1).
  public static float[] uniform(String name, int count) {
    float[] out = new float[count];
    fill(hash(name), 0, 0, 1, out, 0, count);
    return out;
  }

  /// Writes `base + slope · u` for the numbers `u` from index `offset` on, computed in double and
  /// rounded once.
  static void fill(
      long hash, long offset, double base, double slope, float[] into, int at, int count) {
    for (int i = 0; i < count; i++) {
      long z = hash + (offset + i + 1) * GOLDEN;
      z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
      z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
      z ^= z >>> 31;
      double u = (z >>> 40) * STEP - 1;
      into[at + i] = (float) (base + slope * u);
    }
  }
}
