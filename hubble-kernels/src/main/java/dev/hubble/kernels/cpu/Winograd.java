// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

import dev.hubble.kernels.heap.Arguments;
import dev.hubble.kernels.heap.HeapOps;
import dev.hubble.kernels.heap.HeapTensor;
import java.util.Arrays;

/// 3x3 convolution at stride 1 by Winograd's minimal filtering (Lavin & Gray, 2015,
/// arXiv:1509.09308), see [WinogradTile].
///
/// The image is cut into tiles of m x m outputs. Each tile's inputs become one row in each of n²
/// matrices V; these are multiplied by the n² matrices of transformed weights; each row of the n²
/// products becomes a tile of outputs. There is far more of these numbers than caches hold, so what
/// counts is how often each is fetched:
///
/// - *Block by block*: where there are few channels, all weights are small. A block is as many
///   tiles as have their V and products in the second cache of one thread, which takes it from
///   inputs to outputs.
/// - *Position by position*: else the weights are the most. All threads do one of the n² products
///   after the other, for as many tiles as have their V and products in the third cache, so that a
///   weight is fetched once for all of them.
final class Winograd {
  /// How many elements V may have where a block passes through the second cache: 0.8 MB of it.
  private static final int CACHED = 200_000;

  /// Fewer tiles than this do not make up for fetching the weights once more.
  private static final int FEWEST = 18;

  /// The most tiles per block, whose products with a panel must stay in the second cache too.
  private static final int MOST = 24;

  /// Fewer blocks than this do not keep many threads busy.
  private static final int BLOCKS = 16;

  /// How many elements V and the products may have at once, position by position: 32 MB, but at
  /// least for 24 tiles.
  private static final int WAVE = 8_000_000;

  /// Elements between the products of neighbouring tiles: without them, these would be 4 KB apart
  /// in F(2x2) and keep pushing each other out of the same few lines of the first cache.
  private static final int GAP = 16;

  /// Tiles that are transformed by one task.
  private static final int TILES = 4;

  private final CpuOps ops;
  private final PackedWeight filters;
  private final WinogradWeight w;
  private final HeapTensor x;
  private final Gemm.Addends addends;
  private final HeapTensor y;
  private final int m;
  private final int n;
  private final int height; // of the result
  private final int width;
  private final Conv2d.Geometry seen;
  private final int border; // how far the first tile reaches over the image's edge
  private final int down; // tiles per column of the image
  private final int across; // tiles per row
  private final int channels; // inputs, filled up to whole vectors
  private final int tiles;
  private final int perTile; // elements of V
  private final boolean cached;
  private final int perProducts; // elements of the products with all panels
  private final int rows; // tiles per block, or at once

  private Winograd(
      CpuOps ops,
      PackedWeight filters,
      WinogradWeight w,
      HeapTensor x,
      Conv2d.Geometry seen,
      Gemm.Addends addends,
      HeapTensor y) {
    this.ops = ops;
    this.filters = filters;
    this.w = w;
    this.x = x;
    this.addends = addends;
    this.y = y;
    m = w.tile.m;
    n = w.tile.n;
    this.seen = seen;
    height = y.dim(1);
    width = y.dim(2);
    border = Arguments.before(3, seen.padding());
    down = Math.ceilDiv(height, m);
    across = Math.ceilDiv(width, m);
    int lanes = ops.kernels().lanes();
    channels = Math.ceilDiv(filters.ins, lanes) * lanes;
    tiles = y.dim(0) * down * across;
    perTile = n * n * channels;
    var last = filters.panels[filters.panels.length - 1];
    perProducts = productsAt(filters.panels.length, last.first() + last.width());
    int fit = Math.min(MOST, CACHED / perTile / 6 * 6);
    cached = fit >= FEWEST && Math.ceilDiv(tiles, fit) >= BLOCKS;
    rows = cached ? fit : atOnce();
  }

  /// So many tiles that all waves are about as long.
  private int atOnce() {
    int most = Math.max(24, WAVE / (perTile + perProducts));
    int waves = Math.max(1, Math.ceilDiv(tiles, most));
    return Math.ceilDiv(Math.ceilDiv(tiles, waves), 6) * 6;
  }

  /// How many products a tile has with `panels` panels of `columns` columns.
  private int productsAt(int panels, int columns) {
    return n * n * columns + panels * GAP;
  }

  /// Convolves x, resized to the geometry's height and width by copying the nearest pixel.
  static void run(
      CpuOps ops,
      PackedWeight filters,
      WinogradTile tile,
      HeapTensor x,
      Conv2d.Geometry seen,
      Gemm.Addends addends,
      HeapTensor y) {
    if (filters.keepsTransformed(seen.height(), seen.width())) {
      new Winograd(ops, filters, filters.transformed(ops, tile), x, seen, addends, y).run();
      return;
    }
    var data = ops.scratch("conv2d", WinogradWeight.size(filters, tile));
    try {
      var w = new WinogradWeight(ops, filters, tile, data);
      new Winograd(ops, filters, w, x, seen, addends, y).run();
    } finally {
      ops.release(data);
    }
  }

  private void run() {
    if (cached) {
      blockByBlock();
    } else if (tiles > 0) {
      positionByPosition();
    }
  }

  private void blockByBlock() {
    ops.parallel(
        Math.ceilDiv(tiles, rows),
        block -> {
          float[] v = ops.scratch(Scratch.Use.TRANSFORMED, rows * perTile);
          float[] products =
              ops.scratch(Scratch.Use.PRODUCTS, rows * productsAt(1, ops.kernels().panel()));
          int first = block * rows;
          int count = Math.min(rows, tiles - first);
          inputs(first, 0, count, v, 0);
          int[] from = Gemm.rowsOf(count, 0, channels);
          for (var panel : filters.panels) {
            int[] into = Gemm.rowsOf(count, 0, productsAt(1, panel.width()));
            for (int e = 0; e < n * n; e++) {
              multiply(e, count, panel, v, from, products, into);
            }
            outputs(first, 0, count, panel, products, into);
          }
        });
  }

  private void positionByPosition() {
    var block = ops.scratch("conv2d", rows * ((long) perTile + perProducts));
    try {
      for (int first = 0; first < tiles; first += rows) {
        wave(first, Math.min(rows, tiles - first), block.data(), block.offset());
      }
    } finally {
      ops.release(block);
    }
  }

  /// `count` tiles from `first` on: their V is put into `z` from `at` on, then their products.
  private void wave(int first, int count, float[] z, int at) {
    int parts = Math.ceilDiv(count, TILES);
    ops.parallel(parts, t -> inputs(first, t * TILES, Math.min(count, (t + 1) * TILES), z, at));
    int panels = filters.panels.length;
    int[] from = Gemm.rowsOf(count, at, channels);
    int[][] into = new int[panels][];
    for (int p = 0; p < panels; p++) {
      var panel = filters.panels[p];
      int begin = at + rows * (perTile + productsAt(p, panel.first()));
      into[p] = Gemm.rowsOf(count, begin, productsAt(1, panel.width()));
    }
    // Neighbouring tasks share a position's V.
    ops.parallel(
        n * n * panels,
        t -> multiply(t / panels, count, filters.panels[t % panels], z, from, z, into[t % panels]));
    ops.parallel(
        parts,
        t -> {
          for (int p = 0; p < panels; p++) {
            int end = Math.min(count, (t + 1) * TILES);
            outputs(first, t * TILES, end, filters.panels[p], z, into[p]);
          }
        });
  }

  /// `V = Bᵀ d B` of tiles `from..to-1` of the block that begins with tile `first`, into
  /// `v[vAt..]`, `[position][tile][channels]`.
  private void inputs(int first, int from, int to, float[] v, int vAt) {
    int ins = filters.ins;
    int high = seen.height();
    int wide = seen.width();
    boolean direct = x.dim(1) == high && x.dim(2) == wide && ins == channels;
    for (int t = from; t < to; t++) {
      int tile = first + t;
      int image = tile / across / down;
      int p = tile / across % down * m - border;
      int q = tile % across * m - border;
      int into = vAt + t * channels;
      if (direct && p >= 0 && q >= 0 && p + n <= high && q + n <= wide) {
        int at = x.offset() + ((image * high + p) * wide + q) * ins;
        ops.kernels()
            .winogradInput(m, x.data(), at, wide * ins, ins, channels, v, into, rows * channels);
      } else {
        float[] patch = ops.scratch(Scratch.Use.PATCH, n * n * channels);
        gather(image, p, q, patch);
        ops.kernels()
            .winogradInput(m, patch, 0, n * channels, channels, channels, v, into, rows * channels);
      }
    }
  }

  /// Copies the n x n inputs from pixel (p,q) on, zeros where there is no image.
  private void gather(int image, int p, int q, float[] patch) {
    int ins = filters.ins;
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        int into = (i * n + j) * channels;
        if (p + i < 0 || p + i >= seen.height() || q + j < 0 || q + j >= seen.width()) {
          Arrays.fill(patch, into, into + channels, 0);
        } else {
          int row = image * x.dim(1) + HeapOps.nearest(p + i, x.dim(1), seen.height());
          int pixel = row * x.dim(2) + HeapOps.nearest(q + j, x.dim(2), seen.width());
          System.arraycopy(x.data(), x.offset() + pixel * ins, patch, into, ins);
          Arrays.fill(patch, into + ins, into + channels, 0);
        }
      }
    }
  }

  /// The outputs of tiles `from..to-1` of those that begin with tile `first`, from their products
  /// with one panel, which are `[position][columns]` at `at[tile]`.
  private void outputs(
      int first, int from, int to, PackedWeight.Panel panel, float[] products, int[] at) {
    float[] shift = new float[panel.width()];
    int shifted = -1;
    for (int r = from; r < to; r++) {
      int tile = first + r;
      int image = tile / across / down;
      if (image != shifted) {
        addends.shift(ops.kernels(), image, filters.outs, panel, shift);
        shifted = image;
      }
      output(tile, panel, products, at[r], shift);
    }
  }

  /// The products of `count` tiles with a panel at one position, `V[position]` being
  /// `[tile][channels]` from `from[0]` on.
  private void multiply(
      int position,
      int count,
      PackedWeight.Panel panel,
      float[] v,
      int[] from,
      float[] products,
      int[] into) {
    int at = w.at(panel) + position * filters.ins * panel.width();
    for (int k = 0; k < filters.ins; k += Gemm.DEPTH) {
      ops.kernels()
          .multiply(
              v,
              from,
              position * rows * channels + k,
              Math.min(Gemm.DEPTH, filters.ins - k),
              w.data,
              at + k * panel.width(),
              panel.width(),
              products,
              into,
              position * panel.width(),
              count,
              k > 0);
    }
  }

  /// `Y = Aᵀ M A` of one tile and what is added to it; what lies outside the image is left out.
  private void output(int tile, PackedWeight.Panel panel, float[] products, int at, float[] shift) {
    int outs = filters.outs;
    int p = tile / across % down * m;
    int q = tile % across * m;
    int high = Math.min(m, height - p);
    int wide = Math.min(m, width - q);
    int pixel = (tile / across / down * height + p) * width + q;
    int into = pixel * outs + panel.first();
    int yAt = y.offset() + into;
    int row = width * outs;
    int columns = panel.width();
    if (panel.columns() == columns) {
      ops.kernels()
          .winogradOutput(m, products, at, columns, shift, y.data(), yAt, row, outs, high, wide);
    } else {
      // The zeros of the last panel must not be stored over the next pixel.
      float[] z = new float[m * m * columns];
      ops.kernels()
          .winogradOutput(m, products, at, columns, shift, z, 0, m * columns, columns, high, wide);
      for (int i = 0; i < high; i++) {
        for (int j = 0; j < wide; j++) {
          int from = (i * m + j) * columns;
          System.arraycopy(z, from, y.data(), yAt + i * row + j * outs, panel.columns());
        }
      }
    }
    addends.residual(ops.kernels(), into, high, wide, row, outs, panel.columns(), y);
  }
}
