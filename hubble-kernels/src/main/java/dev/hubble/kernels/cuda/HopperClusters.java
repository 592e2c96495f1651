// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import java.util.Locale;

/// Whether blocks of a matrix product on Hopper work in pairs ("clusters"): two that compute tiles
/// below each other need the same tile of the weight, so each brings half of it, and TMA writes it
/// to both. Of what a pair of tiles of 128x160 reads, 576 rows, that spares 160. No bit of the
/// result depends on it.
enum HopperClusters {
  /// Where blocks have several tiles to compute, one after the other: then the cost of starting
  /// together is paid once, and the traffic counts. DeepGEMM, which has measured it, has no pairs
  /// either where every block has but one tile.
  AUTO,
  /// Wherever there are tiles for a pair.
  ON,
  /// Nowhere.
  OFF;

  private static final int PAIR = 2;

  /// What `-Dhubble.cuda.clusters=auto|on|off` says, or else `otherwise`.
  static HopperClusters asked(HopperClusters otherwise) {
    var said = System.getProperty("hubble.cuda.clusters", otherwise.name());
    for (var known : values()) {
      if (known.name().equals(said.toUpperCase(Locale.ROOT))) {
        return known;
      }
    }
    return otherwise;
  }

  /// How many blocks work together: 2, or 1 where each is on its own. An odd number of tiles below
  /// each other is made even by one of rows that are not there, if that costs no further round of
  /// tiles.
  ///
  /// @param down tiles below each other
  /// @param across how many such columns of tiles there are, parts of split sums included
  /// @param processors of the GPU: as many blocks run at a time
  int size(long down, long across, int processors) {
    if (this == OFF || down < PAIR || processors < PAIR) {
      return 1;
    }
    long alone = Math.ceilDiv(down * across, processors);
    long paired = Math.ceilDiv(Math.ceilDiv(down, PAIR) * across, processors / PAIR);
    return paired <= alone && (this == ON || alone > 1) ? PAIR : 1;
  }
}
