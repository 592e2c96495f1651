// SPDX-License-Identifier: Apache-2.0
package dev.hubble.prompt;

import org.jspecify.annotations.Nullable;

/// As many tokens as the text encoder takes at once: start, up to 75 of the prompt's, end, padding.
///
/// @param ids `[77]`
/// @param weights of each token, `[77]`; 1 for those that are not the prompt's
/// @param parts which part of the prompt each token is from, `[77]`; -1 for none
// Never compared.
@SuppressWarnings("ArrayRecordComponent")
public record Chunk(int[] ids, float[] weights, int[] parts) {
  /// Whether all weights are 1.
  public boolean plain() {
    for (float weight : weights) {
      if (weight != 1) {
        return false;
      }
    }
    return true;
  }

  /// Which tokens part `part` of the prompt has here, or null if it has none.
  public boolean @Nullable [] tokensOf(int part) {
    boolean[] own = new boolean[parts.length];
    boolean any = false;
    for (int i = 0; i < parts.length; i++) {
      own[i] = parts[i] == part;
      any |= own[i];
    }
    return any ? own : null;
  }
}
