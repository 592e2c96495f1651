// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

import dev.hubble.kernels.Padding;
import dev.hubble.kernels.heap.Arguments;
import dev.hubble.kernels.heap.Block;
import dev.hubble.kernels.heap.HeapOps;
import dev.hubble.kernels.heap.HeapTensor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Convolution: by [Winograd] where [ConvolutionPolicy] says so, else directly. Then the image is
/// copied once with its border of zeros (and upsampled on the way, if asked for), then [Gemm] reads
/// it in place for every row of the filter. Unlike im2col this copies each pixel once, not kh·kw
/// times.
final class Conv2d {
  private Conv2d() {}

  /// The image that the filter sees: `height x width`, a nearest-neighbour copy of x.
  record Geometry(int height, int width, int stride, Padding padding) {}

  static void run(
      CpuOps ops, PackedWeight w, HeapTensor x, Geometry g, Gemm.Addends addends, HeapTensor y) {
    var tile = tile(ops, w, g);
    if (tile != null) {
      Winograd.run(ops, w, tile, x, g, addends, y);
      return;
    }
    int top = Arguments.before(w.kh, g.padding);
    int left = Arguments.before(w.kw, g.padding);
    int rows = g.height + Arguments.border(w.kh, g.padding);
    int columns = g.width + Arguments.border(w.kw, g.padding);
    boolean asIs = rows == x.dim(1) && columns == x.dim(2);
    if (asIs) {
      multiply(ops, w, x.data(), x.offset(), rows, columns, g.stride, addends, y);
      return;
    }
    long size = (long) x.dim(0) * rows * columns * w.ins;
    var bordered = ops.scratch("conv2d", size);
    try {
      border(ops, x, g, top, left, rows, columns, bordered);
      int at = bordered.offset();
      multiply(ops, w, bordered.data(), at, rows, columns, g.stride, addends, y);
    } finally {
      ops.release(bordered);
    }
  }

  /// Winograd's tile, or null for the plain sum.
  private static @Nullable WinogradTile tile(CpuOps ops, PackedWeight w, Geometry g) {
    boolean can =
        w.kh == 3
            && w.kw == 3
            && g.stride == 1
            && (g.padding == Padding.SAME || g.padding == Padding.NONE);
    var only = w.only();
    if (only != null) {
      Arguments.require(
          can,
          "conv2d",
          "this filter was packed for stride 1 and padding SAME or NONE",
          "stride " + g.stride + ", padding " + g.padding);
      return only;
    }
    return can ? ops.policy().choose(g.height, g.width, w.ins, w.outs).tile() : null;
  }

  private static void multiply(
      CpuOps ops,
      PackedWeight w,
      float[] x,
      int xAt,
      int rows,
      int columns,
      int stride,
      Gemm.Addends addends,
      HeapTensor y) {
    int height = y.dim(1);
    int width = y.dim(2);
    Rows pixels =
        (first, count, into) -> {
          int q = first % width;
          int p = first / width % height;
          int n = first / width / height;
          for (int r = 0; r < count; r++) {
            into[r] = xAt + ((n * rows + p * stride) * columns + q * stride) * w.ins;
            q++;
            if (q == width) {
              q = 0;
              p++;
            }
            if (p == height) {
              p = 0;
              n++;
            }
          }
        };
    Gemm.run(
        ops,
        w,
        x,
        pixels,
        columns * w.ins,
        y.dim(0) * height * width,
        addends,
        Gemm.Activation.NONE,
        y);
  }

  /// Copies x, resized to the geometry's height and width, into the middle of zeros.
  private static void border(
      CpuOps ops, HeapTensor x, Geometry g, int top, int left, int rows, int columns, Block into) {
    int channels = x.dim(3);
    float[] xs = x.data();
    float[] z = into.data();
    ops.rows(
        x.dim(0) * rows,
        columns * channels,
        (from, to) -> {
          for (int row = from; row < to; row++) {
            int at = into.offset() + row * columns * channels;
            int end = at + columns * channels;
            int p = row % rows - top;
            if (p < 0 || p >= g.height) {
              Arrays.fill(z, at, end, 0);
              continue;
            }
            int source = row / rows * x.dim(1) + HeapOps.nearest(p, x.dim(1), g.height);
            int xAt = x.offset() + source * x.dim(2) * channels;
            int middle = at + left * channels;
            Arrays.fill(z, at, middle, 0);
            if (g.width == x.dim(2)) {
              System.arraycopy(xs, xAt, z, middle, g.width * channels);
            } else {
              for (int q = 0; q < g.width; q++) {
                int pixel = HeapOps.nearest(q, x.dim(2), g.width);
                System.arraycopy(xs, xAt + pixel * channels, z, middle + q * channels, channels);
              }
            }
            Arrays.fill(z, middle + g.width * channels, end, 0);
          }
        });
  }
}
