// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

import dev.hubble.kernels.heap.CacheLine;
import dev.hubble.kernels.heap.HeapTensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `Y = activation(X W + addends)`: every linear layer and every convolution.
///
/// A [Tile] is a block of rows times a few panels of the weight. Block by block of the depth, one
/// panel after the other meets all rows: the panel's part stays in the second cache while the rows
/// pass over it, and the rows' part while the panels do. The rows of X are found by their offsets,
/// so the same loops serve a matrix and the pixels of a bordered image, and nothing is copied.
final class Gemm {
  /// Rows per tile: multiples of the 6 rows that kernels do at once. A block of the weight comes
  /// from far away for the first of them, so the more rows follow the better, as long as there are
  /// tiles for all threads.
  private static final int[] ROWS = {264, 132, 66};

  private static final int ROWS_AT_ONCE = 6;

  /// With fewer tiles per thread, one that is late holds up the others for too long.
  private static final int TILES = 4;

  /// Panels per tile, at most: their sums, 64 KB each, should stay in the second cache too.
  private static final int PANELS = 5;

  /// Panels of values per tile of a gated layer, each of which has one of gates beside it.
  private static final int GATED = 2;

  /// Inputs per block: sums are loaded and stored once for each, and a block of a wide panel still
  /// is a small part of the second cache. The widths of the UNet are multiples of it.
  static final int DEPTH = 320;

  private Gemm() {}

  /// What is added to the products: bias + one vector per image + residual, each optional. It is
  /// added last, when a tile is done and still in the cache: a sum that began with a large residual
  /// would round every product to the residual's size.
  record Addends(
      @Nullable HeapTensor bias,
      @Nullable HeapTensor perImage,
      int rowsPerImage,
      @Nullable HeapTensor residual) {

    static Addends bias(@Nullable HeapTensor bias) {
      return new Addends(bias, null, 1, null);
    }

    /// Adds to `n` columns from `first` on of one row.
    void add(Kernels kernels, int row, int outs, int first, int n, float[] y, int at) {
      if (bias != null) {
        kernels.add(bias.data(), bias.offset() + first, y, at, n);
      }
      if (perImage != null) {
        int image = row / rowsPerImage;
        kernels.add(perImage.data(), perImage.offset() + image * outs + first, y, at, n);
      }
      if (residual != null) {
        kernels.add(residual.data(), residual.offset() + row * outs + first, y, at, n);
      }
    }

    /// Sets `shift`, from its first line on, to what all places of an image have in common: bias +
    /// its vector.
    void shift(Kernels kernels, int image, int outs, PackedWeight.Panel panel, float[] shift) {
      int first = panel.first();
      int n = panel.columns();
      Arrays.fill(shift, 0);
      int at = CacheLine.FIRST;
      if (bias != null) {
        kernels.add(bias.data(), bias.offset() + first, shift, at, n);
      }
      if (perImage != null) {
        kernels.add(perImage.data(), perImage.offset() + image * outs + first, shift, at, n);
      }
    }

    /// Adds the residual to `n` channels of `rows x columns` pixels from element `at` on.
    void residual(
        Kernels kernels,
        int at,
        int rows,
        int columns,
        int perRow,
        int perColumn,
        int n,
        HeapTensor y) {
      if (residual == null) {
        return;
      }
      for (int i = 0; i < rows; i++) {
        for (int j = 0; j < columns; j++) {
          int k = at + i * perRow + j * perColumn;
          kernels.add(residual.data(), residual.offset() + k, y.data(), y.offset() + k, n);
        }
      }
    }
  }

  /// What happens to the sums before they are stored.
  enum Activation {
    NONE,
    QUICK_GELU
  }

  /// Multiplies `rows` rows of `x` by the weight.
  ///
  /// @param filterRow how far apart in `x` the inputs under neighbouring rows of the filter are
  static void run(
      CpuOps ops,
      PackedWeight w,
      float[] x,
      Rows inputs,
      int filterRow,
      int rows,
      Addends addends,
      Activation activation,
      HeapTensor result) {
    float[] y = result.data();
    var kernels = ops.kernels();
    var panels = Arrays.asList(w.panels);
    int perTile = rowsPerTile(ops, rows, panels.size());
    var tiles = Tile.cut(Math.ceilDiv(rows, perTile), panels, PANELS, ops.threads());
    ops.parallel(
        tiles.size(),
        t -> {
          var tile = tiles.get(t);
          int first = tile.block() * perTile;
          int count = Math.min(perTile, rows - first);
          int[] list = inputs.list(ops, Scratch.Use.INPUT_ROWS, first, count);
          var left = new Left(x, list, filterRow, count);
          int from = tile.first();
          int columns = tile.columns();
          int row = result.offset() + first * w.outs + from;
          if (columns == tile.width()) {
            int[] yRows = Rows.list(ops, Scratch.Use.OUTPUT_ROWS, count, row, w.outs);
            multiply(ops, w, left, tile.panels(), y, yRows);
          } else {
            narrow(ops, w, left, tile, y, row);
          }
          for (int r = 0; r < count; r++) {
            int at = row + r * w.outs;
            addends.add(kernels, first + r, w.outs, from, columns, y, at);
            if (activation == Activation.QUICK_GELU) {
              kernels.quickGelu(y, at, y, at, columns);
            }
          }
        });
  }

  /// The rows that a tile multiplies: `count` rows of `x`, which begin where `rows` says.
  ///
  /// @param filterRow how far apart the inputs under neighbouring rows of the filter are
  private record Left(float[] x, int[] rows, int filterRow, int count) {}

  /// Multiplies by panels of which the last reaches over the last column: its zeros must not be
  /// stored over the next row.
  private static void narrow(CpuOps ops, PackedWeight w, Left left, Tile tile, float[] y, int at) {
    int width = tile.width();
    float[] whole = ops.floats(Scratch.Use.NARROW, left.count * width);
    int[] rows = Rows.list(ops, Scratch.Use.OUTPUT_ROWS, left.count, CacheLine.FIRST, width);
    multiply(ops, w, left, tile.panels(), whole, rows);
    for (int r = 0; r < left.count; r++) {
      System.arraycopy(whole, rows[r], y, at + r * w.outs, tile.columns());
    }
  }

  /// How many of `rows` rows are one tile, if there are so many panels. It changes no bit: sums are
  /// over the whole depth in order, whatever tile they are in.
  static int rowsPerTile(CpuOps ops, int rows, int panels) {
    int most = ROWS[ROWS.length - 1];
    for (int each : ROWS) {
      if ((long) Math.ceilDiv(rows, each) * panels >= (long) TILES * ops.threads()) {
        most = each;
        break;
      }
    }
    // Blocks of about the same size, none of a few rows for the same weights.
    int even = Math.ceilDiv(rows, Math.max(1, Math.ceilDiv(rows, most)));
    return Math.max(1, Math.ceilDiv(even, ROWS_AT_ONCE)) * ROWS_AT_ONCE;
  }

  /// The products with panels of the weight, one beside the other, into `y[yRows[r]..]`.
  private static void multiply(
      CpuOps ops,
      PackedWeight w,
      Left left,
      List<PackedWeight.Panel> panels,
      float[] y,
      int[] yRows) {
    int depth = w.depth();
    boolean accumulate = false;
    for (int i = 0; i < w.kh; i++) {
      for (int k = 0; k < depth; k += DEPTH) {
        int column = 0;
        for (var panel : panels) {
          multiply(ops, w, left, panel, i, k, y, yRows, column, accumulate);
          column += panel.width();
        }
        accumulate = true;
      }
    }
    if (!accumulate) {
      // No inputs at all: an empty sum.
      for (int r = 0; r < left.count; r++) {
        int at = yRows[r];
        for (var panel : panels) {
          Arrays.fill(y, at, at + panel.width(), 0);
          at += panel.width();
        }
      }
    }
  }

  /// The products of one block of the depth, from input k under row i of the filter on.
  private static void multiply(
      CpuOps ops,
      PackedWeight w,
      Left left,
      PackedWeight.Panel panel,
      int i,
      int k,
      float[] y,
      int[] yRows,
      int column,
      boolean accumulate) {
    int width = panel.width();
    int inputs = Math.min(DEPTH, w.depth() - k);
    int from = panel.at() + (i * w.depth() + k) * width;
    var numbers = w.numbers();
    float[] block = numbers.floats();
    if (numbers.packed()) {
      block = ops.floats(Scratch.Use.UNPACKED, inputs * width);
      numbers.get(from, block, CacheLine.FIRST, inputs * width);
      from = 0;
    }
    ops.kernels()
        .multiply(
            left.x,
            left.rows,
            i * left.filterRow + k,
            inputs,
            block,
            CacheLine.FIRST + from,
            width,
            y,
            yRows,
            column,
            left.count,
            accumulate);
  }

  /// [dev.hubble.kernels.Ops#linearGeglu] where value and gate halves fall on whole panels: both
  /// are computed side by side, so the wide intermediate is never stored.
  ///
  /// @return false if the panels do not allow it
  static boolean geglu(CpuOps ops, PackedWeight w, HeapTensor x, HeapTensor bias, HeapTensor y) {
    int half = w.outs / 2;
    int values = 0;
    while (values < w.panels.length && w.panels[values].first() < half) {
      values++;
    }
    for (int p = 0; p < values; p++) {
      var panel = w.panels[p];
      // Panels become narrower only once: the gates of neighbouring values are neighbours.
      if (w.panelAt(half + panel.first(), panel) != values + p
          || panel.first() + panel.columns() > half) {
        return false;
      }
    }
    int rows = half == 0 ? 0 : y.size() / half;
    int perTile = rowsPerTile(ops, rows, values);
    var panels = Arrays.asList(w.panels);
    int gates = values; // this far behind the values
    var tiles =
        Tile.cut(Math.ceilDiv(rows, perTile), panels.subList(0, values), GATED, ops.threads());
    var addends = Addends.bias(bias);
    var kernels = ops.kernels();
    ops.parallel(
        tiles.size(),
        t -> {
          var tile = tiles.get(t);
          int first = tile.block() * perTile;
          int count = Math.min(perTile, rows - first);
          int xAt = x.offset() + first * w.ins;
          int[] xRows = Rows.list(ops, Scratch.Use.INPUT_ROWS, count, xAt, w.ins);
          int n = tile.columns();
          int[] zRows = Rows.list(ops, Scratch.Use.OUTPUT_ROWS, count, CacheLine.FIRST, 2 * n);
          float[] z = ops.floats(Scratch.Use.GATED, count * 2 * n);
          List<PackedWeight.Panel> both = new ArrayList<>(tile.panels());
          int begin = tile.begin() + gates;
          both.addAll(panels.subList(begin, begin + tile.panels().size()));
          multiply(ops, w, new Left(x.data(), xRows, 0, count), both, z, zRows);
          for (int r = 0; r < count; r++) {
            int value = zRows[r];
            int gate = value + n;
            addends.add(kernels, first + r, w.outs, tile.first(), n, z, value);
            addends.add(kernels, first + r, w.outs, half + tile.first(), n, z, gate);
            int at = y.offset() + (first + r) * half + tile.first();
            kernels.geglu(z, value, z, gate, y.data(), at, n);
          }
        });
    return true;
  }
}
