// SPDX-License-Identifier: Apache-2.0
package dev.hubble.random;

import java.util.Arrays;

/// NumPy's `SeedSequence` with a pool of 24 words: makes well-mixed seeds from a number and a place
/// in a tree, so that neighbouring numbers and places have nothing in common. The mixing is
/// O'Neill's ("Developing a seed_seq alternative", pcg-random.org, 2015).
public final class SeedSequence {
  private static final int POOL = 24;

  private final int[] pool = new int[POOL];

  private int hashConstant = 0x43b0d7e5;

  private SeedSequence(int[] words) {
    for (int i = 0; i < POOL; i++) {
      pool[i] = hash(i < words.length ? words[i] : 0);
    }
    for (int from = 0; from < POOL; from++) {
      for (int to = 0; to < POOL; to++) {
        if (from != to) {
          pool[to] = mix(pool[to], hash(pool[from]));
        }
      }
    }
    for (int from = POOL; from < words.length; from++) {
      for (int to = 0; to < POOL; to++) {
        pool[to] = mix(pool[to], hash(words[from]));
      }
    }
  }

  /// `SeedSequence(entropy, pool_size=24)`.
  ///
  /// @param entropy an unsigned number
  public static SeedSequence of(long entropy) {
    return new SeedSequence(words(entropy));
  }

  /// `SeedSequence(entropy, spawn_key=(key, depth), pool_size=24)`.
  public static SeedSequence of(long entropy, int key, int depth) {
    // The key stands behind a full pool, where no entropy can be taken for it.
    int[] words = Arrays.copyOf(words(entropy), POOL + 2);
    words[POOL] = key;
    words[POOL + 1] = depth;
    return new SeedSequence(words);
  }

  private static int[] words(long entropy) {
    return entropy >>> 32 == 0
        ? new int[] {(int) entropy}
        : new int[] {(int) entropy, (int) (entropy >>> 32)};
  }

  /// The first word of `generate_state`.
  public int firstWord() {
    return state(1)[0];
  }

  /// `generate_state(n)`.
  int[] state(int n) {
    int constant = 0x8b51f9dd;
    int[] words = new int[n];
    for (int i = 0; i < n; i++) {
      int value = pool[i % POOL] ^ constant;
      constant *= 0x58f38ded;
      value *= constant;
      words[i] = value ^ (value >>> 16);
    }
    return words;
  }

  private int hash(int value) {
    value ^= hashConstant;
    hashConstant *= 0x931e8875;
    value *= hashConstant;
    return value ^ (value >>> 16);
  }

  private static int mix(int x, int y) {
    int value = 0xca01f9dd * x - 0x4973f715 * y;
    return value ^ (value >>> 16);
  }
}
