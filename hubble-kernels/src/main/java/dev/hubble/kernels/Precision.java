// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels;

/// How much rounding a backend may trade for speed. Both are float32 throughout, and each gives the
/// same bits every time.
public enum Precision {
  /// Every algorithm that Hubble finds accurate enough for pictures.
  FAST,
  /// Only algorithms whose rounding errors are no larger than those of plain sums.
  EXACT
}
