// SPDX-License-Identifier: Apache-2.0
package dev.hubble.clip;

import it.unimi.dsi.fastutil.longs.Long2LongOpenHashMap;
import it.unimi.dsi.fastutil.longs.LongHeapPriorityQueue;

/// Byte-pair encoding (Sennrich et al., 2016, arXiv:1508.07909): spell a word in single symbols,
/// then merge neighbours for as long as a merge is known, the one that was learnt first going
/// first, from left to right.
///
/// ```
/// h u b b l e</w>  ->  h u b b le</w>  ->  hu b b le</w>  ->  hu b ble</w>  ->  hu bble</w>  ->  hubble</w>
/// ```
///
/// A heap of the possible merges makes this `n log n`, so that a megabyte without a blank is no
/// problem.
final class BytePairEncoder {
  private static final long NONE = -1;

  private final Long2LongOpenHashMap merges;

  /// @param merges see [#pair] and [#merge]
  BytePairEncoder(Long2LongOpenHashMap merges) {
    this.merges = merges;
    merges.defaultReturnValue(NONE);
  }

  /// The key of the merge of two tokens.
  static long pair(int left, int right) {
    return ((long) left << 32) | right;
  }

  /// The value of a merge: its rank and the token that comes of it.
  static long merge(int rank, int token) {
    return ((long) rank << 32) | token;
  }

  /// Merges the tokens of one word.
  int[] encode(int[] word) {
    if (word.length < 2) {
      return word;
    }
    int n = word.length;
    int[] token = word.clone();
    int[] next = new int[n];
    int[] previous = new int[n];
    // One long per possible merge: its rank above the place of its left token.
    var queue = new LongHeapPriorityQueue(n);
    for (int i = 0; i < n; i++) {
      next[i] = i + 1;
      previous[i] = i - 1;
      offer(queue, token, i, i + 1);
    }
    int left = n;
    while (!queue.isEmpty()) {
      long first = queue.dequeueLong();
      int at = (int) first;
      int right = token[at] < 0 ? n : next[at];
      if (right == n) {
        continue; // swallowed by an earlier merge, or the last
      }
      long merge = merges.get(pair(token[at], token[right]));
      if (merge == NONE || merge >>> 32 != first >>> 32) {
        continue; // one of the two has changed since
      }
      token[at] = (int) merge;
      token[right] = -1;
      next[at] = next[right];
      if (next[at] < n) {
        previous[next[at]] = at;
      }
      left--;
      offer(queue, token, previous[at], at);
      offer(queue, token, at, next[at]);
    }
    int[] merged = new int[left];
    for (int i = 0, k = 0; i < n; i = next[i]) {
      merged[k++] = token[i];
    }
    return merged;
  }

  private void offer(LongHeapPriorityQueue queue, int[] token, int at, int right) {
    if (at >= 0 && right < token.length) {
      long merge = merges.get(pair(token[at], token[right]));
      if (merge != NONE) {
        queue.enqueue((merge >>> 32 << 32) | at);
      }
    }
  }
}
