// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import dev.hubble.kernels.Padding;
import dev.hubble.kernels.heap.Arguments;
import org.jspecify.annotations.Nullable;

/// Launches matrix products and convolutions, which are one thing to the kernels.
final class Matmul {
  private final CudaOps ops;
  private final HopperMatmul hopper;

  Matmul(CudaOps ops, HopperUse use) {
    this.ops = ops;
    hopper = new HopperMatmul(ops, use);
  }

  /// `y = activation(x wᵀ + bias) + residual`; x may be two tensors side by side.
  void linear(
      CudaTensor x,
      CudaWeight w,
      @Nullable CudaTensor bias,
      @Nullable CudaTensor residual,
      CudaTensor y,
      int activation) {
    if (y.size() == 0) {
      return;
    }
    int n = w.shape().dim(0);
    int k = w.shape().dim(1);
    int width = y.dim(-1);
    int m = (int) (y.size() / width);
    // Of [N,L,C] an image has L rows, of [N,C] one.
    int rows = x.shape().rank() > 2 ? m / x.dim(0) : 1;
    boolean tensors = w.dtype() == ops.dtype() && x.sides() == null;
    var plan = tensors ? hopper.linear(rows, n, k) : null;
    int splits = plan == null ? Tile.splits(1, rows, n, w.kp()) : plan.splits();
    try (var operands = new Operands(ops)) {
      long b = operands.inOrZero(bias, y.dtype());
      long r = operands.inOrZero(residual, y.dtype());
      var finish = new Sums.Rest(b, 0, r, y.moments(), m, activation);
      Launch launch =
          (from, partial) -> {
            if (plan != null) {
              var rest = new HopperMatmul.Rest(b, 0, r, partial, finish.moments(partial));
              hopper.linear(plan, from.first(), w, rest, y.address(), m, activation);
            } else {
              // Rows of both tensors, if there are two, begin at multiples of 16 bytes if this
              // does.
              var tile = tile(w, m, n, k % 8 == 0 ? from.width() : k, splits);
              ops.device
                  .queue()
                  .launch(
                      kernel("hb_linear", w, tile),
                      Math.ceilDiv(m, tile.rows()),
                      Math.ceilDiv(n, tile.columns()),
                      splits,
                      from.first(),
                      from.second(),
                      w.address(),
                      b,
                      r,
                      y.address(),
                      partial,
                      finish.moments(partial),
                      m,
                      n,
                      k,
                      from.width(),
                      w.kp(),
                      activation,
                      splits);
            }
          };
      launch(operands, x, w, y, m, splits, finish, launch);
    }
  }

  /// A convolution of `x`, resized to the given view, plus one vector per image, plus `residual`.
  ///
  /// @param weight may be packed for doubled images
  void conv2d(
      CudaTensor x,
      CudaWeight weight,
      CudaTensor bias,
      @Nullable CudaTensor perImage,
      @Nullable CudaTensor residual,
      CudaTensor y,
      int viewHeight,
      int viewWidth,
      int stride,
      Padding padding) {
    int out = weight.shape().dim(0);
    int in = weight.shape().dim(1);
    int kh = weight.shape().dim(2);
    int kw = weight.shape().dim(3);
    boolean plain = viewHeight == x.dim(1) && viewWidth == x.dim(2) && perImage == null;
    if (kh == 1 && kw == 1 && stride == 1 && plain && y.dim(1) == x.dim(1)) {
      linear(x, weight.matrix(), bias, residual, y, 0);
      return;
    }
    if (y.size() == 0) {
      return;
    }
    int rows = y.dim(1) * y.dim(2);
    int m = y.dim(0) * rows;
    boolean same = viewHeight == x.dim(1) && viewWidth == x.dim(2) && stride == 1;
    var plan =
        same && weight.dtype() == ops.dtype()
            ? hopper.conv2d(1, y.dim(1), y.dim(2), out, in, kh * kw)
            : null;
    int top = Arguments.before(kh, padding);
    int left = Arguments.before(kw, padding);
    try (var operands = new Operands(ops)) {
      var w = operands.whole(weight);
      int splits = plan == null ? Tile.splits(1, rows, out, w.kp()) : plan.splits();
      long b = operands.in(bias, y.dtype());
      long v = operands.inOrZero(perImage, y.dtype());
      long r = operands.inOrZero(residual, y.dtype());
      var finish = new Sums.Rest(b, v, r, y.moments(), rows, CudaOps.NONE);
      Launch launch =
          (from, partial) -> {
            if (plan != null) {
              var rest = new HopperMatmul.Rest(b, v, r, partial, finish.moments(partial));
              hopper.conv2d(plan, from.first(), x, w, rest, y, top, left);
            } else {
              var tile = tile(w, m, out, in, splits);
              ops.device
                  .queue()
                  .launch(
                      kernel("hb_conv", w, tile),
                      Math.ceilDiv(m, tile.rows()),
                      Math.ceilDiv(out, tile.columns()),
                      splits,
                      from.first(),
                      w.address(),
                      b,
                      v,
                      r,
                      y.address(),
                      partial,
                      finish.moments(partial),
                      y.dim(0),
                      x.dim(1),
                      x.dim(2),
                      in,
                      viewHeight,
                      viewWidth,
                      y.dim(1),
                      y.dim(2),
                      out,
                      kh,
                      kw,
                      stride,
                      top,
                      left,
                      w.kp(),
                      splits);
            }
          };
      launch(operands, x, w, y, m, splits, finish, launch);
    }
  }

  /// A convolution of `x` doubled, with a filter that is packed for that: four products in one
  /// launch, whose rows are the pixels of `x`.
  void doubledConv2d(CudaTensor x, CudaWeight w, CudaTensor bias, CudaTensor y) {
    if (y.size() == 0) {
      return;
    }
    int phases = w.phases();
    int out = w.shape().dim(0);
    int in = w.shape().dim(1);
    int places = x.dim(1) * x.dim(2); // rows of one image and phase
    int m = x.dim(0) * places;
    var plan =
        w.dtype() == ops.dtype() ? hopper.conv2d(phases, x.dim(1), x.dim(2), out, in, 4) : null;
    int splits = plan == null ? Tile.splits(phases, places, out, w.kp()) : plan.splits();
    try (var operands = new Operands(ops)) {
      long b = operands.in(bias, y.dtype());
      var finish = new Sums.Rest(b, 0, 0, y.moments(), phases * places, CudaOps.NONE);
      Launch launch =
          (from, partial) -> {
            if (plan != null) {
              var rest = new HopperMatmul.Rest(b, 0, 0, partial, finish.moments(partial));
              hopper.doubledConv2d(plan, from.first(), x, w, rest, y);
            } else {
              var tile = tile(w, m, out, in, phases * splits);
              ops.device
                  .queue()
                  .launch(
                      kernel("hb_upsample_conv", w, tile),
                      Math.ceilDiv(m, tile.rows()),
                      Math.ceilDiv(out, tile.columns()),
                      (long) phases * splits,
                      from.first(),
                      w.address(),
                      b,
                      y.address(),
                      partial,
                      finish.moments(partial),
                      x.dim(0),
                      x.dim(1),
                      x.dim(2),
                      in,
                      out,
                      w.kp(),
                      splits);
            }
          };
      launch(operands, x, w, y, phases * m, splits, finish, launch);
    }
  }

  /// A launch for one part of the left factor, whose bare sums go to `partial`, or 0.
  private interface Launch {
    void of(Operands.Channels from, long partial);
  }

  /// Launches a product for every part of its left factor, and finishes its sums.
  private static void launch(
      Operands operands,
      CudaTensor x,
      CudaWeight w,
      CudaTensor y,
      int m,
      int splits,
      Sums.Rest finish,
      Launch launch) {
    var parts = operands.factors(x, w.dtype());
    var sums = new Sums(operands, parts.size(), w, y, m, splits, finish);
    for (int part = 0; part < parts.size(); part++) {
      launch.of(parts.get(part), sums.partial(part));
    }
    sums.finish();
  }

  /// @param k the length of what is read in a row: rows must begin at multiples of 16 bytes
  private Tile tile(CudaWeight w, int m, int n, int k, int splits) {
    return Tile.choose(w.dtype(), m, n, k % 8 == 0, splits, ops.device.sharedMemory());
  }

  private Kernels.Kernel kernel(String name, CudaWeight w, Tile tile) {
    return ops.device
        .kernels()
        .get(
            name + "_" + Kernels.suffix(w.dtype()) + tile.name(),
            tile.block(),
            tile.sharedMemory());
  }
}
