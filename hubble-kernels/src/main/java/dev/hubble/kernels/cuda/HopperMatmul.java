// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import dev.hubble.kernels.DType;
import org.jspecify.annotations.Nullable;

/// Launches matrix products whose operands Hopper's copy engine brings, where the GPU has one and
/// the shapes are boxes. Only with `-Dhubble.cuda.tma=on`, until a GPU has run them: the emulator
/// knows the copy engine and its barriers from their description alone.
final class HopperMatmul {
  private static final String TARGET = "sm_90a";
  // With less than half a wave of blocks, smaller tiles on more multiprocessors are better.
  private static final long ENOUGH = 64;
  // Of an H100. How sums are split may not depend on the GPU at hand, for it is seen in the bits.
  private static final int PROCESSORS = 132;

  private final CudaOps ops;
  private final boolean available;
  private final HopperClusters clusters;
  private final TensorMaps maps;
  private final int processors;
  private final long enough;

  HopperMatmul(CudaOps ops, HopperUse use) {
    this.ops = ops;
    available =
        ops.dtype() != DType.F32 && ops.device.kernels().target().equals(TARGET) && use.copies();
    clusters = use.clusters();
    maps = new TensorMaps(ops.device.driver(), ops.dtype());
    processors = ops.device.processors();
    enough = use.always() ? 1 : ENOUGH;
  }

  /// How a product is cut.
  record Plan(HopperTile tile, HopperTile.Box box, int splits) {}

  /// How a linear layer is cut, or null if it is not for these kernels.
  @Nullable Plan linear(long rows, int n, int k) {
    return k % 8 == 0
        ? plan(HopperTile.Box.ROW, 1, rows, n, Math.ceilDiv(k, HopperTile.DEPTH))
        : null;
  }

  /// How a convolution of stride 1 to images of this size is cut, or null.
  ///
  /// @param phases how many there are at once, each of `taps` taps: as many as the weight has
  @Nullable Plan conv2d(int phases, int height, int width, int out, int in, int taps) {
    return in % HopperTile.DEPTH == 0
        ? plan(
            HopperTile.Box.of(height, width),
            phases,
            (long) height * width,
            out,
            taps * (in / HopperTile.DEPTH))
        : null;
  }

  /// May depend on everything but the number of images.
  private @Nullable Plan plan(
      HopperTile.@Nullable Box box, int products, long rows, int n, int steps) {
    var tile = HopperTile.choose(n);
    if (!available || box == null || tile.sharedMemory() > ops.device.sharedMemory()) {
      return null;
    }
    long blocks = products * tile.blocks(rows, n);
    int splits = HopperTile.splits(blocks, steps, PROCESSORS);
    return blocks * splits < enough ? null : new Plan(tile, box, splits);
  }

  /// Where what a product needs besides its factors is: addresses, or 0.
  record Rest(long bias, long perImage, long residual, long partial, long moments) {}

  /// `y = activation(x wᵀ + bias) + residual` for `m` rows, or its unfinished parts.
  void linear(Plan plan, long x, CudaWeight w, Rest rest, long y, int m, int activation) {
    int k = w.shape().dim(1);
    launch(
        plan,
        maps.image(x, 1, 1, m, k, plan.box, HopperTile.DEPTH),
        w,
        rest,
        y,
        m,
        m,
        activation,
        k,
        1,
        1,
        Integer.MAX_VALUE,
        1,
        0,
        0);
  }

  /// A convolution of `x` `[images,height,width,in]` to `y`, or its unfinished parts.
  void conv2d(
      Plan plan,
      long x,
      CudaTensor image,
      CudaWeight w,
      Rest rest,
      CudaTensor y,
      int top,
      int left) {
    int kh = w.shape().dim(2);
    int kw = w.shape().dim(3);
    convolve(plan, x, image, w, rest, y, kh, kw, y.dim(1), y.dim(2), top, left);
  }

  /// A convolution of `x` `[images,height,width,in]` doubled, or its unfinished parts: four of 2x2,
  /// the corner of the first a pixel further up and to the left.
  void doubledConv2d(Plan plan, long x, CudaTensor image, CudaWeight w, Rest rest, CudaTensor y) {
    convolve(plan, x, image, w, rest, y, 2, 2, image.dim(1), image.dim(2), 1, 1);
  }

  /// @param height of the result, or of one phase of it
  private void convolve(
      Plan plan,
      long x,
      CudaTensor image,
      CudaWeight w,
      Rest rest,
      CudaTensor y,
      int kh,
      int kw,
      int height,
      int width,
      int top,
      int left) {
    int images = image.dim(0);
    int in = image.dim(3);
    int places = height * width;
    launch(
        plan,
        maps.image(x, images, image.dim(1), image.dim(2), in, plan.box, HopperTile.DEPTH),
        w,
        rest,
        y.address(),
        (long) images * places,
        places,
        CudaOps.NONE,
        in,
        kw,
        (long) kh * kw,
        width,
        height,
        top,
        left);
  }

  /// @param m rows of the result, or of one phase of it
  /// @param places how many of them are of one image
  /// @param geometry how the kernel finds rows of x in the image
  private void launch(
      Plan plan,
      long[] left,
      CudaWeight w,
      Rest rest,
      long y,
      long m,
      long places,
      int activation,
      long... geometry) {
    var tile = plan.tile;
    int n = w.shape().dim(0);
    long down = Math.ceilDiv(m, HopperTile.ROWS);
    long across = (long) Math.ceilDiv(n, tile.columns()) * plan.splits * w.phases();
    int halves = activation == CudaOps.GEGLU ? 2 : 1;
    // May depend on the number of images: it changes no bit.
    int cluster = clusters.size(down, across, processors);
    long[] right = maps.weight(w, halves, tile.columns() / cluster, HopperTile.DEPTH);
    long[] product = {
      rest.bias,
      rest.perImage,
      rest.residual,
      y,
      rest.partial,
      rest.moments,
      m,
      n,
      places,
      activation
    };
    long blocks = Math.min(Math.ceilDiv(down, cluster) * across, processors / cluster) * cluster;
    ops.device
        .queue()
        .launchClusters(
            ops.device
                .kernels()
                .withMaps(
                    "hb_hopper_" + Kernels.suffix(ops.dtype()) + tile.name(),
                    tile.block(),
                    tile.sharedMemory()),
            blocks,
            cluster,
            joined(left, right, product, geometry, new long[] {w.phases(), plan.splits}));
  }

  private static long[] joined(long[]... parts) {
    int length = 0;
    for (long[] part : parts) {
      length += part.length;
    }
    long[] all = new long[length];
    int at = 0;
    for (long[] part : parts) {
      System.arraycopy(part, 0, all, at, part.length);
      at += part.length;
    }
    return all;
  }
}
