// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

/// Reads texts as a model does.
@FunctionalInterface
public interface Tokenizing {
  /// The text's tokens.
  Tokens encode(String text);
}
