// SPDX-License-Identifier: Apache-2.0
package dev.hubble.model;

import java.util.Locale;

/// Amounts of memory, for people.
public final class Size {
  private Size() {}

  /// `1,342,177,280 bytes (1.2 GiB)`
  public static String of(long bytes) {
    String[] units = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = bytes;
    int unit = 0;
    while (value >= 1024 && unit < units.length - 1) {
      value /= 1024;
      unit++;
    }
    return unit == 0
        ? bytes + " bytes"
        : String.format(Locale.ROOT, "%,d bytes (%.1f %s)", bytes, value, units[unit]);
  }
}
