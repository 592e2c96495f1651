// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

/// What of a Hopper's own ways to feed a matrix product is used.
///
/// @param copies whether the copy engine brings its operands: only if asked for, until a GPU has
///   run these kernels
/// @param clusters whether blocks share what they bring
/// @param always whether products with too few blocks are fed so, too, as tests with small tensors
///   want it
record HopperUse(boolean copies, HopperClusters clusters, boolean always) {
  /// What `-Dhubble.cuda.tma=on` and `-Dhubble.cuda.clusters=auto|on|off` say. Where products of
  /// any size are wanted, blocks are paired wherever that can be, unless it is said otherwise.
  static HopperUse asked(boolean always) {
    return new HopperUse(
        System.getProperty("hubble.cuda.tma", "off").equals("on"),
        HopperClusters.asked(always ? HopperClusters.ON : HopperClusters.AUTO),
        always);
  }
}
