// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

import dev.hubble.kernels.heap.CacheLine;
import dev.hubble.kernels.heap.HeapTensor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// `Y = activation(X W + addends)`: every linear layer and every convolution.
///
/// A tile is [#ROWS] rows times a few panels of the weight, one after the other, so that a panel's
/// block of the weight stays in the second cache while the rows pass over it. The rows of X are
/// found by their offsets, so the same loops serve a matrix and the pixels of a bordered image, and
/// nothing is copied.
final class Gemm {
  /// Rows per tile: multiples of the 6 rows that kernels do at once. A block of the weight comes
  /// from far away for the first of them, so the more rows follow the better, as long as there are
  /// tiles for all threads.
  private static final int[] ROWS = {264, 132, 66};

  private static final int ROWS_AT_ONCE = 6;

  /// With fewer tiles per thread, one that is late holds up the others for too long.
  private static final int TILES = 4;

  /// Panels per tile, at most, where there are [#MANY_TILES] per thread all the same: what is added
  /// to the products is read along rows, of which a panel alone would be a few cache lines.
  private static final int PANELS = 5;

  private static final int MANY_TILES = 12;

  /// Inputs per block: sums are loaded and stored once for each, and a block of a wide panel still
  /// is a small part of the second cache. The widths of the UNet are multiples of it.
  static final int DEPTH = 320;

  private Gemm() {}

  /// In which order tiles are computed: block of rows by block of rows, so that these stay in the
  /// second cache. With few blocks threads compute them side by side for the same panels instead:
  /// the weight is the larger operand then, and comes from memory once for all of them.
  private record Order(int blocks, int groups) {
    private static final int FEW = 2;

    int tiles() {
      return blocks * groups;
    }

    /// Which block of rows tile t is in.
    int block(int t) {
      return blocks <= FEW ? t % blocks : t / groups;
    }

    /// Which group of panels it is in.
    int group(int t) {
      return blocks <= FEW ? t / blocks : t % groups;
    }
  }

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
    int blocks = Math.ceilDiv(rows, perTile);
    int group = panelsPerTile(ops, blocks, panels);
    var order = new Order(blocks, Math.ceilDiv(panels, group));
    ops.parallel(
        order.tiles(),
        t -> {
          int first = order.block(t) * perTile;
          int count = Math.min(perTile, rows - first);
          int begin = order.group(t) * group;
          int end = Math.min(begin + group, panels);
          int[] xRows = inputs.list(ops, Scratch.Use.INPUT_ROWS, first, count);
          int row = result.offset() + first * w.outs;
          for (int p = begin; p < end; p++) {
            var panel = w.panels[p];
            if (panel.columns() == panel.width()) {
              int at = row + panel.first();
              int[] yRows = Rows.list(ops, Scratch.Use.OUTPUT_ROWS, count, at, w.outs);
              multiply(ops, w, panel, x, xRows, filterRow, count, y, yRows);
            } else {
              narrow(ops, w, panel, x, xRows, filterRow, count, y, row + panel.first());
            }
          }
          int from = w.panels[begin].first();
          int columns = w.panels[end - 1].first() + w.panels[end - 1].columns() - from;
          for (int r = 0; r < count; r++) {
            int at = row + r * w.outs + from;
            addends.add(kernels, first + r, w.outs, from, columns, y, at);
            if (activation == Activation.QUICK_GELU) {
              kernels.quickGelu(y, at, y, at, columns);
            }
          }
        });
  }

  /// Multiplies by a panel that reaches over the last column: its zeros must not be stored over the
  /// next row.
  private static void narrow(
      CpuOps ops,
      PackedWeight w,
      PackedWeight.Panel panel,
      float[] x,
      int[] xRows,
      int filterRow,
      int count,
      float[] y,
      int at) {
    float[] whole = ops.floats(Scratch.Use.NARROW, count * panel.width());
    int[] wholeRows =
        Rows.list(ops, Scratch.Use.OUTPUT_ROWS, count, CacheLine.FIRST, panel.width());
    multiply(ops, w, panel, x, xRows, filterRow, count, whole, wholeRows);
    for (int r = 0; r < count; r++) {
      System.arraycopy(whole, wholeRows[r], y, at + r * w.outs, panel.columns());
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

  /// How many panels are one tile, if there are so many blocks of rows. It changes no bit either.
  private static int panelsPerTile(CpuOps ops, int blocks, int panels) {
    long most = (long) blocks * panels / ((long) MANY_TILES * ops.threads());
    return Math.clamp(most, 1, PANELS);
  }

  /// The products of `count` rows and one panel, into `y[yRows[r]..]`.
  private static void multiply(
      CpuOps ops,
      PackedWeight w,
      PackedWeight.Panel panel,
      float[] x,
      int[] xRows,
      int filterRow,
      int count,
      float[] y,
      int[] yRows) {
    boolean accumulate = false;
    int depth = w.depth();
    var numbers = w.numbers();
    float[] block =
        numbers.packed()
            ? ops.floats(Scratch.Use.UNPACKED, Math.min(DEPTH, depth) * panel.width())
            : numbers.floats();
    for (int i = 0; i < w.kh; i++) {
      for (int k = 0; k < depth; k += DEPTH) {
        int inputs = Math.min(DEPTH, depth - k);
        int from = panel.at() + (i * depth + k) * panel.width();
        if (numbers.packed()) {
          numbers.get(from, block, CacheLine.FIRST, inputs * panel.width());
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
                panel.width(),
                y,
                yRows,
                0,
                count,
                accumulate);
        accumulate = true;
      }
    }
    if (!accumulate) {
      // No inputs at all: an empty sum.
      for (int r = 0; r < count; r++) {
        Arrays.fill(y, yRows[r], yRows[r] + panel.columns(), 0);
      }
    }
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
    int[] gates = new int[values];
    for (int p = 0; p < values; p++) {
      var panel = w.panels[p];
      gates[p] = w.panelAt(half + panel.first(), panel);
      if (gates[p] < 0 || panel.first() + panel.columns() > half) {
        return false;
      }
    }
    int rows = half == 0 ? 0 : y.size() / half;
    int panels = values;
    int perTile = rowsPerTile(ops, rows, panels);
    var order = new Order(Math.ceilDiv(rows, perTile), panels);
    var addends = Addends.bias(bias);
    var kernels = ops.kernels();
    ops.parallel(
        order.tiles(),
        t -> {
          int first = order.block(t) * perTile;
          int count = Math.min(perTile, rows - first);
          int p = order.group(t);
          var value = w.panels[p];
          var gate = w.panels[gates[p]];
          int width = value.width();
          int xAt = x.offset() + first * w.ins;
          int[] xRows = Rows.list(ops, Scratch.Use.INPUT_ROWS, count, xAt, w.ins);
          int[] yRows = Rows.list(ops, Scratch.Use.OUTPUT_ROWS, count, CacheLine.FIRST, width);
          float[] a = ops.floats(Scratch.Use.VALUES, count * width);
          float[] g = ops.floats(Scratch.Use.GATES, count * width);
          multiply(ops, w, value, x.data(), xRows, 0, count, a, yRows);
          multiply(ops, w, gate, x.data(), xRows, 0, count, g, yRows);
          int n = value.columns();
          for (int r = 0; r < count; r++) {
            int at = y.offset() + (first + r) * half + value.first();
            addends.add(kernels, first + r, w.outs, value.first(), n, a, yRows[r]);
            addends.add(kernels, first + r, w.outs, gate.first(), n, g, yRows[r]);
            kernels.geglu(a, yRows[r], g, yRows[r], y.data(), at, n);
          }
        });
    return true;
  }
}
