// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

import dev.hubble.kernels.heap.CacheLine;
import dev.hubble.kernels.heap.HeapTensor;

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

  /// Elements between positions, of V and of products: without them, positions are mostly some
  /// multiple of a KB apart, and a transform, which has one line of each at once, keeps pushing
  /// these out of the same few places of the first cache.
  private static final int GAP = CacheLine.FLOATS;

  /// Tiles that are transformed by one task.
  private static final int TILES = 4;

  private final CpuOps ops;
  private final PackedWeight filters;
  private final WinogradWeight w;
  private final WinogradImages images;
  private final int positions; // n²
  private final int perTile; // elements of V
  private final boolean cached;
  private final int perProducts; // elements of the products with all panels
  private final int rows; // tiles per block, or at once

  private Winograd(CpuOps ops, PackedWeight filters, WinogradWeight w, WinogradImages images) {
    this.ops = ops;
    this.filters = filters;
    this.w = w;
    this.images = images;
    positions = w.tile.positions();
    perTile = positions * images.channels;
    var last = filters.panels[filters.panels.length - 1];
    perProducts = positions * (last.first() + last.width());
    int fit = Math.min(MOST, CACHED / perTile / 6 * 6);
    cached = fit >= FEWEST && Math.ceilDiv(images.count, fit) >= BLOCKS;
    rows = cached ? fit : atOnce();
  }

  /// So many tiles that all waves are about as long.
  private int atOnce() {
    int most = Math.max(24, WAVE / (perTile + perProducts));
    int waves = Math.max(1, Math.ceilDiv(images.count, most));
    return Math.ceilDiv(Math.ceilDiv(images.count, waves), 6) * 6;
  }

  /// How far apart positions are: of V, with so many channels, or of the products with a panel of
  /// so many columns.
  private int perPosition(int columns) {
    return rows * columns + GAP;
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
    var images = new WinogradImages(ops, filters, tile, x, seen, addends, y);
    if (filters.keepsTransformed(seen.height(), seen.width())) {
      new Winograd(ops, filters, filters.transformed(ops, tile), images).run();
      return;
    }
    var data = ops.scratch("conv2d", WinogradWeight.size(filters, tile));
    try {
      var w = new WinogradWeight(ops, filters, tile, data);
      new Winograd(ops, filters, w, images).run();
    } finally {
      ops.release(data);
    }
  }

  private void run() {
    if (cached) {
      blockByBlock();
    } else if (images.count > 0) {
      positionByPosition();
    }
  }

  private void blockByBlock() {
    ops.parallel(
        Math.ceilDiv(images.count, rows),
        block -> {
          float[] v = ops.floats(Scratch.Use.TRANSFORMED, positions * perPosition(images.channels));
          int most = positions * perPosition(ops.kernels().panel());
          float[] products = ops.floats(Scratch.Use.PRODUCTS, most);
          int first = block * rows;
          int count = Math.min(rows, images.count - first);
          inputs(first, 0, count, v, CacheLine.FIRST);
          for (var panel : filters.panels) {
            for (int e = 0; e < positions; e++) {
              multiply(e, count, panel, v, CacheLine.FIRST, products, CacheLine.FIRST);
            }
            int apart = perPosition(panel.width());
            images.outputs(first, 0, count, panel, products, CacheLine.FIRST, apart);
          }
        });
  }

  private void positionByPosition() {
    long gaps = (long) positions * GAP * (1 + filters.panels.length);
    var block = ops.scratch("conv2d", rows * ((long) perTile + perProducts) + gaps);
    try {
      for (int first = 0; first < images.count; first += rows) {
        wave(first, Math.min(rows, images.count - first), block.data(), block.offset());
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
    // Neighbouring tasks share a position's V.
    ops.parallel(
        positions * panels,
        t -> {
          int p = t % panels;
          multiply(t / panels, count, filters.panels[p], z, at, z, productsOf(p, at));
        });
    ops.parallel(
        parts,
        t -> {
          int end = Math.min(count, (t + 1) * TILES);
          for (int p = 0; p < panels; p++) {
            var panel = filters.panels[p];
            int apart = perPosition(panel.width());
            images.outputs(first, t * TILES, end, panel, z, productsOf(p, at), apart);
          }
        });
  }

  /// Where in a wave's memory, which begins at `at`, the products with panel p are.
  private int productsOf(int p, int at) {
    int before = rows * filters.panels[p].first() + p * GAP;
    return at + positions * (perPosition(images.channels) + before);
  }

  private void inputs(int first, int from, int to, float[] v, int vAt) {
    images.inputs(first, from, to, v, vAt, perPosition(images.channels));
  }

  /// The products of `count` tiles with a panel at one position: `V[position]`, `[tile][channels]`,
  /// becomes `[tile][columns]`.
  private void multiply(
      int position,
      int count,
      PackedWeight.Panel panel,
      float[] v,
      int vAt,
      float[] products,
      int productsAt) {
    int columns = panel.width();
    int[] from = Rows.list(ops, Scratch.Use.INPUT_ROWS, count, vAt, images.channels);
    int[] into = Rows.list(ops, Scratch.Use.OUTPUT_ROWS, count, productsAt, columns);
    int at = w.at(panel) + position * filters.ins * columns;
    for (int k = 0; k < filters.ins; k += Gemm.DEPTH) {
      ops.kernels()
          .multiply(
              v,
              from,
              position * perPosition(images.channels) + k,
              Math.min(Gemm.DEPTH, filters.ins - k),
              w.data,
              at + k * columns,
              columns,
              products,
              into,
              position * perPosition(columns),
              count,
              k > 0);
    }
  }
}
