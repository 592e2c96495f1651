// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// What some pictures of a batch show.
///
/// @param prompt what they show
/// @param negative what they must not show; null for what the request says
/// @param seed of the first of them; empty to go on counting from the request's
public record Subject(String prompt, @Nullable String negative, OptionalLong seed) {
  /// A prompt with the request's negative prompt and seeds.
  public static Subject of(String prompt) {
    return new Subject(prompt, null, OptionalLong.empty());
  }
}
