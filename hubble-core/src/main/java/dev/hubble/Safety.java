// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import java.util.Locale;

/// What the model's safety checker does with a request's pictures. It compares them with concepts
/// that the model's makers chose; it errs in both directions.
public enum Safety {
  /// Looks at the pictures if the model has a checker: as [#FLAG], else as [#OFF].
  AUTO,
  /// Does not look.
  OFF,
  /// Looks, and says what it found in [Generated#safety]. All pictures are there.
  FLAG,
  /// Looks, and leaves out of the result what it found something in. Listeners see them
  /// nevertheless.
  BLOCK;

  /// Whether there must be a checker.
  public boolean needsChecker() {
    return this == FLAG || this == BLOCK;
  }

  /// The mode of that name, in any case: `flag`.
  ///
  /// @throws HubbleException.BadRequest if there is none
  public static Safety of(String name) {
    for (var mode : values()) {
      if (mode.name().equalsIgnoreCase(name)) {
        return mode;
      }
    }
    throw new HubbleException.BadRequest(
        "Safety is one of auto, off, flag and block, not %s."
            .formatted(name.toLowerCase(Locale.ROOT)));
  }
}
