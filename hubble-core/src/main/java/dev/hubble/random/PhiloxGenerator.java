// SPDX-License-Identifier: Apache-2.0
package dev.hubble.random;

/// PyTorch's generator on NVIDIA GPUs, computed on the host: the counter-based Philox4x32-10
/// (Salmon et al., 2011, "Parallel random numbers: as easy as 1, 2, 3"). Pictures that were drawn
/// with a seed on such a GPU, as AUTOMATIC1111's web UI does, start from this noise.
///
/// There is no state to advance but a counter. Element `i` of draw number `k` comes from encrypting
/// (`k`, `i`) with the seed as the key, so that a thousand threads of a GPU need not wait for each
/// other. A GPU with few threads lets each make several elements of a large tensor; up to 40,960
/// elements every model of GPU gives the same as this, and a latent image of 512x512 has 16,384.
///
/// The numbers agree with a GPU's to about 1e-6: its logarithm and sine are not correctly rounded,
/// and not published.
public final class PhiloxGenerator implements NoiseSource {
  private static final int ROUNDS = 10;

  /// 2⁻³² and 2π 2⁻³², as cuRAND writes them.
  private static final float INVERSE = 2.3283064e-10f;

  private static final float INVERSE_2PI = 2.3283064e-10f * 6.2831855f;

  private final long seed;
  private int draws;

  /// A generator in the state right after `manual_seed(seed)`.
  public PhiloxGenerator(long seed) {
    this.seed = seed;
  }

  @Override
  public float[] randn(int n) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      int[] bits = encrypt(new int[] {draws, 0, i, 0}, seed);
      // Box and Muller: u in (0, 1], v in (0, 2π].
      float u = Integer.toUnsignedLong(bits[0]) * INVERSE + INVERSE / 2;
      float v = Integer.toUnsignedLong(bits[1]) * INVERSE_2PI + INVERSE_2PI / 2;
      values[i] = (float) (Math.sqrt(-2 * Math.log(u)) * Math.sin(v));
    }
    draws++;
    return values;
  }

  /// Ten rounds of multiplying and mixing turn a counter into four words of noise.
  static int[] encrypt(int[] counter, long key) {
    int c0 = counter[0];
    int c1 = counter[1];
    int c2 = counter[2];
    int c3 = counter[3];
    int k0 = (int) key;
    int k1 = (int) (key >>> 32);
    for (int round = 0; round < ROUNDS; round++) {
      long p0 = Integer.toUnsignedLong(c0) * 0xD2511F53L;
      long p1 = Integer.toUnsignedLong(c2) * 0xCD9E8D57L;
      c0 = (int) (p1 >>> 32) ^ c1 ^ k0;
      c1 = (int) p1;
      c2 = (int) (p0 >>> 32) ^ c3 ^ k1;
      c3 = (int) p0;
      // The golden ratio and √3 - 1: numbers that nobody chose.
      k0 += 0x9E3779B9;
      k1 += 0xBB67AE85;
    }
    return new int[] {c0, c1, c2, c3};
  }
}
