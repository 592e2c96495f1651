// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import java.util.List;

/// Whether a result's pictures were looked at, and what was found.
///
/// @param mode [Safety#OFF] if nobody looked, [Safety#FLAG] or [Safety#BLOCK]
/// @param verdicts one per picture that was drawn, in order, those that were left out included;
///   none if nobody looked
public record SafetyReport(Safety mode, List<SafetyVerdict> verdicts) {
  /// Nobody looked.
  public static final SafetyReport OFF = new SafetyReport(Safety.OFF, List.of());

  public SafetyReport {
    verdicts = List.copyOf(verdicts);
  }

  /// How many pictures something was found in.
  public int flagged() {
    return (int) verdicts.stream().filter(SafetyVerdict::flagged).count();
  }

  /// How many of them are not in the result.
  public int blocked() {
    return mode == Safety.BLOCK ? flagged() : 0;
  }
}
