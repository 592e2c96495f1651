// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

import dev.hubble.kernels.DType;
import dev.hubble.kernels.HostTensor;
import dev.hubble.kernels.PackedNumbers;
import dev.hubble.kernels.heap.Block;
import dev.hubble.kernels.heap.CacheLine;
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
    this(w, tile, block);
    var numbers = w.numbers();
    ops.parallel(
        w.panels.length,
        p -> {
          var panel = w.panels[p];
          if (numbers.packed()) {
            float[] plain = ops.floats(Scratch.Use.UNPACKED, w.elements(panel));
            numbers.get(panel.at(), plain, CacheLine.FIRST, w.elements(panel));
            transform(ops, w, panel, plain, 0);
          } else {
            transform(ops, w, panel, numbers.floats(), panel.at());
          }
        });
  }

  /// The filters of `source`, which `w` does not keep: one panel at a time, so that never all of
  /// them are there in both forms.
  WinogradWeight(CpuOps ops, PackedWeight w, WinogradTile tile, HostTensor source) {
    this(w, tile, Block.ofLength(size(w, tile)));
    ops.parallel(
        w.panels.length,
        p -> {
          var panel = w.panels[p];
          int elements = w.elements(panel);
          float[] plain = ops.floats(Scratch.Use.UNPACKED, elements);
          w.pack(source, panel, plain);
          if (ops.weightType() != DType.F32) {
            // As precise as they would have been kept.
            var numbers = new PackedNumbers(ops.weightType(), elements);
            numbers.set(0, plain, CacheLine.FIRST, elements);
            numbers.get(0, plain, CacheLine.FIRST, elements);
          }
          transform(ops, w, panel, plain, 0);
        });
  }

  private WinogradWeight(PackedWeight w, WinogradTile tile, Block block) {
    this.tile = tile;
    data = block.data();
    offset = block.offset();
    length = size(w, tile);
  }

  /// How many elements a filter has when it is transformed.
  static int size(PackedWeight w, WinogradTile tile) {
    var last = w.panels[w.panels.length - 1];
    long size = (last.at() + (long) w.elements(last)) / 9 * tile.positions();
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

  /// Transforms one panel, whose numbers are `first` elements behind the first line of `plain`.
  private void transform(
      CpuOps ops, PackedWeight w, PackedWeight.Panel panel, float[] plain, int first) {
    double[][] g = tile.filter();
    int n = tile.n;
    int width = panel.width();
    int slab = w.ins * width; // all inputs at one place of the filter
    double[] half = ops.doubles(Scratch.Use.HALF, n * 3 * width); // G g
    int at = at(panel);
    for (int c = 0; c < w.ins; c++) {
      int from = CacheLine.FIRST + first + c * width;
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
