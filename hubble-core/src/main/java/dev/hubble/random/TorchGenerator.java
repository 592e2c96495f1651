// SPDX-License-Identifier: Apache-2.0
package dev.hubble.random;

/// PyTorch's CPU generator, bit for bit: `torch.Generator().manual_seed(seed)`, as PyTorch computes
/// it on a processor with AVX2 or AVX-512.
///
/// A seed then draws the picture that people know from diffusers. Normal numbers come from uniform
/// ones in pairs (Box & Muller, 1958, "A note on the generation of random normal deviates"): `r =
/// √(-2 ln u₁)`, `θ = 2π u₂` give `r cos θ` and `r sin θ`. PyTorch has two ways to do this, one for
/// fewer than 16 numbers and one for more, and they give different numbers for the same seed.
///
/// A request in half precision is [#randnHalf], rounded. Not safe for use by several threads.
public final class TorchGenerator implements NoiseSource {
  /// How many numbers the vectorised way makes at once.
  private static final int BLOCK = 16;

  private final Mt19937 engine;

  /// The second number of a pair made one by one, until it is asked for; NaN if there is none.
  /// Larger draws in between leave it alone.
  private double spare = Double.NaN;

  /// A generator in the state right after `manual_seed(seed)`.
  ///
  /// @param seed only its lower 32 bits matter, as in PyTorch
  public TorchGenerator(long seed) {
    engine = new Mt19937((int) seed);
  }

  /// `torch.rand(n)`: uniform numbers in [0, 1), multiples of 2⁻²⁴.
  public float[] rand(int n) {
    float[] values = new float[n];
    fillUniform(values, 0, n);
    return values;
  }

  /// `torch.randn(n)`, or a tensor of any shape with `n` elements, row-major.
  @Override
  public float[] randn(int n) {
    float[] values = new float[n];
    if (n < BLOCK) {
      for (int i = 0; i < n; i++) {
        values[i] = (float) nextNormal();
      }
      return values;
    }
    fillUniform(values, 0, n);
    for (int at = 0; at + BLOCK <= n; at += BLOCK) {
      toNormal(values, at);
    }
    if (n % BLOCK != 0) {
      // The rest that fills no block: the last 16 numbers, some of them done already, are drawn
      // anew.
      fillUniform(values, n - BLOCK, n);
      toNormal(values, n - BLOCK);
    }
    return values;
  }

  /// What `torch.randn(n, dtype=torch.half)` rounds to half, or to bfloat16. PyTorch draws for
  /// sixteen numbers at a time then, so that after the last full sixteen the stream is another.
  public float[] randnHalf(int n) {
    if (n < BLOCK) {
      return randn(n);
    }
    float[] values = new float[n];
    for (int at = 0; at + BLOCK <= n; at += BLOCK) {
      fillUniform(values, at, at + BLOCK);
      toNormal(values, at);
    }
    if (n % BLOCK != 0) {
      fillUniform(values, n - BLOCK, n);
      toNormal(values, n - BLOCK);
    }
    return values;
  }

  private void fillUniform(float[] values, int from, int to) {
    for (int i = from; i < to; i++) {
      values[i] = (engine.nextInt() & 0xffffff) * 0x1p-24f;
    }
  }

  /// Turns 16 uniform numbers into normal ones; the first eight are paired with the last eight.
  private static void toNormal(float[] values, int at) {
    for (int j = at; j < at + BLOCK / 2; j++) {
      float u1 = 1 - values[j]; // in (0, 1]: its logarithm is finite
      float u2 = values[j + BLOCK / 2];
      float r = (float) Math.sqrt(-2 * CephesMath.log(u1));
      CephesMath.polar(r, (float) (2 * Math.PI) * u2, values, j, j + BLOCK / 2);
    }
  }

  private double nextNormal() {
    if (!Double.isNaN(spare)) {
      double value = spare;
      spare = Double.NaN;
      return value;
    }
    double u1 = nextUniform();
    double u2 = nextUniform();
    double r = Math.sqrt(-2 * Math.log1p(-u2));
    double theta = 2 * Math.PI * u1;
    spare = r * Math.sin(theta);
    return r * Math.cos(theta);
  }

  private double nextUniform() {
    return (engine.nextLong() & ((1L << 53) - 1)) * 0x1p-53;
  }
}
