// SPDX-License-Identifier: Apache-2.0
package dev.hubble.clip;

import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/// Finds tokens that stand for themselves, such as `<|endoftext|>`, in a text as it was typed:
/// before anything is put in lower case or composed.
final class AddedTokens {
  private final List<String> tokens;

  AddedTokens(List<String> tokens) {
    this.tokens = tokens.stream().filter(token -> !token.isEmpty()).distinct().toList();
  }

  /// Hands the added tokens in `text` to `token`, and what is between them to `plain`, in order. Of
  /// several tokens at one place, the longest counts.
  void split(String text, Consumer<String> token, Consumer<String> plain) {
    int[] next = new int[tokens.size()];
    Arrays.fill(next, -1);
    int from = 0;
    while (true) {
      int best = -1;
      for (int k = 0; k < next.length; k++) {
        if (next[k] < from) {
          int found = text.indexOf(tokens.get(k), from);
          next[k] = found < 0 ? Integer.MAX_VALUE : found;
        }
        if (best < 0
            || next[k] < next[best]
            || (next[k] == next[best] && tokens.get(k).length() > tokens.get(best).length())) {
          best = k;
        }
      }
      if (best < 0 || next[best] == Integer.MAX_VALUE) {
        plain.accept(text.substring(from));
        return;
      }
      plain.accept(text.substring(from, next[best]));
      token.accept(tokens.get(best));
      from = next[best] + tokens.get(best).length();
    }
  }
}
