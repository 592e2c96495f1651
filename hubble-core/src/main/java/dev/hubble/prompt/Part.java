// SPDX-License-Identifier: Apache-2.0
package dev.hubble.prompt;

import java.util.List;

/// A piece of a prompt, as its marks divide it.
public sealed interface Part {
  /// Words that share a weight.
  ///
  /// @param text never empty
  /// @param weight 1 for words without marks; always finite
  record Text(String text, double weight) implements Part {}

  /// The next words begin a new chunk.
  record Break() implements Part {}

  /// Whether no word of `parts` has a weight of its own.
  static boolean plain(List<Part> parts) {
    return parts.stream().allMatch(part -> part instanceof Text text && text.weight() == 1);
  }

  /// The largest weight; products of more stay there, so that a weight is always a number.
  static double clamp(double weight) {
    // Adding zero makes one zero of both.
    return Math.clamp(weight, -Double.MAX_VALUE, Double.MAX_VALUE) + 0.0;
  }
}
