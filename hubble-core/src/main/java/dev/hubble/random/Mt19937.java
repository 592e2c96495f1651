// SPDX-License-Identifier: Apache-2.0
package dev.hubble.random;

/// The Mersenne Twister with 32-bit words (Matsumoto & Nishimura, 1998, "Mersenne Twister: A
/// 623-dimensionally equidistributed uniform pseudo-random number generator").
final class Mt19937 {
  private static final int N = 624;
  private static final int M = 397;

  private final int[] state = new int[N];
  private int next = N;

  /// Seeds as `init_genrand` of the paper's own code does.
  Mt19937(int seed) {
    state[0] = seed;
    for (int j = 1; j < N; j++) {
      int previous = state[j - 1];
      state[j] = 1812433253 * (previous ^ (previous >>> 30)) + j;
    }
  }

  /// The next 32 bits.
  int nextInt() {
    if (next == N) {
      twist();
      next = 0;
    }
    int y = state[next++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return y ^ (y >>> 18);
  }

  /// The next 64 bits, the upper half first.
  long nextLong() {
    long upper = nextInt();
    return (upper << 32) | Integer.toUnsignedLong(nextInt());
  }

  private void twist() {
    for (int i = 0; i < N; i++) {
      int y = (state[i] & 0x80000000) | (state[(i + 1) % N] & 0x7fffffff);
      state[i] = state[(i + M) % N] ^ (y >>> 1) ^ (-(y & 1) & 0x9908b0df);
    }
  }
}
