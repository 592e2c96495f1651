// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

import dev.hubble.kernels.heap.CacheLine;
import dev.hubble.kernels.heap.HeapTensor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// `Y = activation(X W + addends)`: every linear layer and every convolution.
///
/// A tile ([Tiles]) is a block of rows times a few panels of the weight. Block by block of the
/// depth, one panel after the other meets all rows: the panel's part stays in the second cache
/// while the rows pass over it, and the rows' part while the panels do. The rows of X are found by
/// their offsets, so the same loops serve a matrix and the pixels of a bordered image, and nothing
/// is copied.
final class Gemm {
  /// Rows per tile: multiples of the 6 rows that kernels do at once. A block of the weight comes
  /// from far away for the first of them, so the more rows follow the better, as long as there are
  /// tiles for all threads.
  private static final int[] ROWS = {264, 132, 66};

  private static final int ROWS_AT_ONCE = 6;

  /// With fewer tiles per thread, one that is late holds up the others for too long.
  private static final int TILES = 4;

  /// Columns per tile, at most: their sums, 330 KB, should stay in the second cache too.
  private static final int COLUMNS = 320;

  /// Columns of values per tile of a gated layer, each of which has one of gates beside it.
  private static final int GATED = 128;

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
    int panels = w.panels.length;
    int perTile = rowsPerTile(ops, rows, panels);
    int most = Math.max(1, COLUMNS / kernels.panel());
    var tiles = new Tiles(Math.ceilDiv(rows, perTile), panels, most, ops.threads());
    ops.parallel(
        tiles.count(),
        t -> {
          int first = tiles.block(t) * perTile;
          int count = Math.min(perTile, rows - first);
          int begin = tiles.begin(t);
          int end = tiles.end(t);
          int from = w.panels[begin].first();
          var last = w.panels[end - 1];
          int columns = last.first() + last.columns() - from;
          int width = w.width(begin, end);
          int[] xRows = inputs.list(ops, Scratch.Use.INPUT_ROWS, first, count);
          int row = result.offset() + first * w.outs + from;
          if (columns == width) {
            int[] yRows = Rows.list(ops, Scratch.Use.OUTPUT_ROWS, count, row, w.outs);
            multiply(ops, w, begin, end, 0, x, xRows, filterRow, count, y, yRows);
          } else {
            // The zeros of the last panel must not be stored over the next row.
            float[] whole = ops.floats(Scratch.Use.NARROW, count * width);
            int[] yRows = Rows.list(ops, Scratch.Use.OUTPUT_ROWS, count, CacheLine.FIRST, width);
            multiply(ops, w, begin, end, 0, x, xRows, filterRow, count, whole, yRows);
            for (int r = 0; r < count; r++) {
              System.arraycopy(whole, yRows[r], y, row + r * w.outs, columns);
            }
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

  /// The products of `count` rows with panels `begin..end-1` of the weight, one beside the other,
  /// into `y[yRows[r]..]`.
  ///
  /// @param gates how many panels behind them are those of their gates, whose products follow; 0
  ///   for none
  private static void multiply(
      CpuOps ops,
      PackedWeight w,
      int begin,
      int end,
      int gates,
      float[] x,
      int[] xRows,
      int filterRow,
      int count,
      float[] y,
      int[] yRows) {
    int depth = w.depth();
    int first = w.panels[begin].first();
    int width = w.width(begin, end);
    int parts = gates > 0 ? 2 : 1;
    boolean accumulate = false;
    for (int i = 0; i < w.kh; i++) {
      for (int k = 0; k < depth; k += DEPTH) {
        for (int part = 0; part < parts; part++) {
          for (int q = begin; q < end; q++) {
            int p = q + part * gates;
            int column = w.panels[q].first() - first + part * width;
            multiply(ops, w, p, i, k, x, xRows, filterRow, count, y, yRows, column, accumulate);
          }
        }
        accumulate = true;
      }
    }
    if (!accumulate) {
      // No inputs at all: an empty sum.
      for (int r = 0; r < count; r++) {
        Arrays.fill(y, yRows[r], yRows[r] + parts * width, 0);
      }
    }
  }

  /// The products of one block of the depth, from input k under row i of the filter on.
  private static void multiply(
      CpuOps ops,
      PackedWeight w,
      int p,
      int i,
      int k,
      float[] x,
      int[] xRows,
      int filterRow,
      int count,
      float[] y,
      int[] yRows,
      int column,
      boolean accumulate) {
    var panel = w.panels[p];
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
            x,
            xRows,
            i * filterRow + k,
            inputs,
            block,
            CacheLine.FIRST + from,
            width,
            y,
            yRows,
            column,
            count,
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
    var addends = Addends.bias(bias);
    var kernels = ops.kernels();
    int most = Math.max(1, GATED / kernels.panel());
    int gates = values; // so many panels behind the values
    var tiles = new Tiles(Math.ceilDiv(rows, perTile), values, most, ops.threads());
    ops.parallel(
        tiles.count(),
        t -> {
          int first = tiles.block(t) * perTile;
          int count = Math.min(perTile, rows - first);
          int begin = tiles.begin(t);
          int end = tiles.end(t);
          int from = w.panels[begin].first();
          int n = w.width(begin, end);
          int xAt = x.offset() + first * w.ins;
          int[] xRows = Rows.list(ops, Scratch.Use.INPUT_ROWS, count, xAt, w.ins);
          int[] zRows = Rows.list(ops, Scratch.Use.OUTPUT_ROWS, count, CacheLine.FIRST, 2 * n);
          float[] z = ops.floats(Scratch.Use.GATED, count * 2 * n);
          multiply(ops, w, begin, end, gates, x.data(), xRows, 0, count, z, zRows);
          for (int r = 0; r < count; r++) {
            int value = zRows[r];
            int gate = value + n;
            addends.add(kernels, first + r, w.outs, from, n, z, value);
            addends.add(kernels, first + r, w.outs, half + from, n, z, gate);
            int at = y.offset() + (first + r) * half + from;
            kernels.geglu(z, value, z, gate, y.data(), at, n);
          }
        });
    return true;
  }
}
