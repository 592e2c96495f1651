// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

import dev.hubble.kernels.heap.Arguments;
import dev.hubble.kernels.heap.CacheLine;
import dev.hubble.kernels.heap.HeapOps;
import dev.hubble.kernels.heap.HeapTensor;
import java.util.Arrays;

/// The images of a [Winograd] convolution, cut into tiles: what is transformed on the way to the
/// products, and on the way from them.
final class WinogradImages {
  private final CpuOps ops;
  private final PackedWeight filters;
  private final HeapTensor x;
  private final Conv2d.Geometry seen;
  private final Gemm.Addends addends;
  private final HeapTensor y;
  private final int m;
  private final int n;
  private final int height; // of the result
  private final int width;
  private final int border; // how far the first tile reaches over the image's edge
  private final int down; // tiles per column of the image
  private final int across; // tiles per row

  /// Inputs, filled up to whole vectors.
  final int channels;

  /// How many tiles all images have.
  final int count;

  WinogradImages(
      CpuOps ops,
      PackedWeight filters,
      WinogradTile tile,
      HeapTensor x,
      Conv2d.Geometry seen,
      Gemm.Addends addends,
      HeapTensor y) {
    this.ops = ops;
    this.filters = filters;
    this.x = x;
    this.seen = seen;
    this.addends = addends;
    this.y = y;
    m = tile.m;
    n = tile.n;
    height = y.dim(1);
    width = y.dim(2);
    border = Arguments.before(3, seen.padding());
    down = Math.ceilDiv(height, m);
    across = Math.ceilDiv(width, m);
    int lanes = ops.kernels().lanes();
    channels = Math.ceilDiv(filters.ins, lanes) * lanes;
    count = y.dim(0) * down * across;
  }

  /// `V = Bᵀ d B` of tiles `from..to-1` of those that begin with tile `first`, into `v[vAt..]`,
  /// `[position][tile][channels]`.
  ///
  /// @param perPosition how far apart in `v` positions are
  void inputs(int first, int from, int to, float[] v, int vAt, int perPosition) {
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
            .winogradInput(m, x.data(), at, wide * ins, ins, channels, v, into, perPosition);
      } else {
        float[] patch = ops.floats(Scratch.Use.PATCH, n * n * channels);
        gather(image, p, q, patch);
        int at = CacheLine.FIRST;
        ops.kernels()
            .winogradInput(m, patch, at, n * channels, channels, channels, v, into, perPosition);
      }
    }
  }

  /// Copies the n x n inputs from pixel (p,q) on, zeros where there is no image.
  private void gather(int image, int p, int q, float[] patch) {
    int ins = filters.ins;
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        int into = CacheLine.FIRST + (i * n + j) * channels;
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
  /// with one panel, which are `[position][tile][columns]` from `at` on.
  ///
  /// @param perPosition how far apart positions are
  void outputs(
      int first,
      int from,
      int to,
      PackedWeight.Panel panel,
      float[] products,
      int at,
      int perPosition) {
    float[] shift = ops.floats(Scratch.Use.SHIFT, panel.width());
    int shifted = -1;
    for (int r = from; r < to; r++) {
      int tile = first + r;
      int image = tile / across / down;
      if (image != shifted) {
        addends.shift(ops.kernels(), image, filters.outs, panel, shift);
        shifted = image;
      }
      output(tile, panel, products, at + r * panel.width(), perPosition, shift);
    }
  }

  /// `Y = Aᵀ M A` of one tile and what is added to it; what lies outside the image is left out.
  private void output(
      int tile,
      PackedWeight.Panel panel,
      float[] products,
      int at,
      int perPosition,
      float[] shift) {
    int outs = filters.outs;
    int p = tile / across % down * m;
    int q = tile % across * m;
    int high = Math.min(m, height - p);
    int wide = Math.min(m, width - q);
    int pixel = (tile / across / down * height + p) * width + q;
    int into = pixel * outs + panel.first();
    int row = width * outs;
    int columns = panel.width();
    var kernels = ops.kernels();
    // The zeros of the last panel must not be stored over the next pixel.
    boolean direct = panel.columns() == columns;
    float[] z = direct ? y.data() : ops.floats(Scratch.Use.TILE, m * m * columns);
    int zAt = direct ? y.offset() + into : CacheLine.FIRST;
    int zRow = direct ? row : m * columns;
    int zColumn = direct ? outs : columns;
    int shiftAt = CacheLine.FIRST;
    kernels.winogradOutput(
        m, products, at, perPosition, columns, shift, shiftAt, z, zAt, zRow, zColumn, high, wide);
    if (!direct) {
      for (int i = 0; i < high; i++) {
        for (int j = 0; j < wide; j++) {
          int to = y.offset() + into + i * row + j * outs;
          System.arraycopy(z, zAt + i * zRow + j * zColumn, y.data(), to, panel.columns());
        }
      }
    }
    addends.residual(kernels, into, high, wide, row, outs, panel.columns(), y);
  }
}
