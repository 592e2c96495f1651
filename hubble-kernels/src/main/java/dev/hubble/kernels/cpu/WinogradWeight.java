// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

import dev.hubble.kernels.heap.Block;
import dev.hubble.kernels.heap.HeapOps;

/// The filters of a packed 3x3 convolution, transformed: `U = G g Gᵀ`,
/// `[panel][position][in][columns]`, so that a panel is read once, front to back.
///
/// Computed in double from the packed filters: the only rounding is the one to float.
final class WinogradWeight {
  final WinogradTile tile;
  final float[] data;
  private final int offset;
  private final int length;

  /// @param block where to put it: at least [#size] elements
  WinogradWeight(CpuOps ops, PackedWeight w, WinogradTile tile, Block block) {
    this.tile = tile;
    data = block.data();
    offset = block.offset();
    length = size(w, tile);
    double[][] g = tile.filter();
    ops.parallel(w.panels.length, p -> transform(ops, w, w.panels[p], g));
  }

  /// How many elements a filter has when it is transformed.
  static int size(PackedWeight w, WinogradTile tile) {
    long size = w.numbers().length() / 9L * tile.positions();
    HeapOps.checkLength("conv2d", "a transformed weight " + w.shape(), size);
    return (int) size;
  }

  /// Where a panel begins.
  int at(PackedWeight.Panel panel) {
    return offset + panel.at() / 9 * tile.positions();
  }

  /// How many elements it has.
  int length() {
    return length;
  }

  private void transform(CpuOps ops, PackedWeight w, PackedWeight.Panel panel, double[][] g) {
    int n = tile.n;
    int width = panel.width();
    int slab = w.ins * width; // all inputs at one place of the filter
    double[] half = new double[n * 3 * width]; // G g
    int at = at(panel);
    var numbers = w.numbers();
    float[] plain = numbers.floats();
    int first = panel.at();
    if (numbers.packed()) {
      plain = ops.scratch(Scratch.Use.UNPACKED, 9 * slab);
      numbers.get(first, plain, 9 * slab);
      first = 0;
    }
    for (int c = 0; c < w.ins; c++) {
      int from = first + c * width;
      for (int j = 0; j < 3; j++) {
        for (int i = 0; i < n; i++) {
          double g0 = g[i][0];
          double g1 = g[i][1];
          double g2 = g[i][2];
          int into = (i * 3 + j) * width;
          int k = from + j * slab;
          for (int o = 0; o < width; o++) {
            half[into + o] =
                g0 * plain[k + o] + g1 * plain[k + 3 * slab + o] + g2 * plain[k + 6 * slab + o];
          }
        }
      }
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
          double g0 = g[j][0];
          double g1 = g[j][1];
          double g2 = g[j][2];
          int k = i * 3 * width;
          int into = at + ((i * n + j) * w.ins + c) * width;
          for (int o = 0; o < width; o++) {
            data[into + o] =
                (float)
                    (g0 * half[k + o] + g1 * half[k + width + o] + g2 * half[k + 2 * width + o]);
          }
        }
      }
    }
  }
}
