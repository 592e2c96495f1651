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
  @Nullable Plan conv2d(int height, int width, int out, int in, int taps) {
    return in % HopperTile.DEPTH == 0
        ? plan(
            HopperTile.Box.of(height, width),
            1,
            (long) height * width,
            out,
            taps * (in / HopperTile.DEPTH))
        : null;
  }

  /// How the four phases of a convolution of images of this size, doubled, are cut, or null.
  @Nullable Plan doubledConv2d(int height, int width, int out, int in) {
    return in % HopperTile.DEPTH == 0
        ? plan(
            HopperTile.Box.of(height, width),
            CudaWeight.PHASES,
            (long) height * width,
            out,
            4 * (in / HopperTile.DEPTH))
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
        0,
        1,
        plan.splits);
  }

  /// A convolution of `x` `[images,height,width,in]` to `outHeight` x `outWidth`, or its unfinished
  /// parts.
  void conv2d(
      Plan plan,
      long x,
      CudaTensor image,
      CudaWeight w,
      Rest rest,
      CudaTensor y,
      int top,
      int left) {
    int in = image.dim(3);
    int kw = w.shape().dim(3);
    int places = y.dim(1) * y.dim(2);
    launch(
        plan,
        maps.image(x, image.dim(0), image.dim(1), image.dim(2), in, plan.box, HopperTile.DEPTH),
        w,
        rest,
        y.address(),
        (long) y.dim(0) * places,
        places,
        CudaOps.NONE,
        in,
        kw,
        (long) w.shape().dim(2) * kw,
        y.dim(2),
        y.dim(1),
        top,
        left,
        1,
        plan.splits);
  }

  /// A convolution of `x` `[images,height,width,in]` doubled, or its unfinished parts: the corner
  /// of the first phase's filter is a pixel further up and to the left.
  void doubledConv2d(Plan plan, long x, CudaTensor image, CudaWeight w, Rest rest, CudaTensor y) {
    int in = image.dim(3);
    int places = image.dim(1) * image.dim(2);
    launch(
        plan,
        maps.image(x, image.dim(0), image.dim(1), image.dim(2), in, plan.box, HopperTile.DEPTH),
        w,
        rest,
        y.address(),
        (long) image.dim(0) * places,
        places,
        CudaOps.NONE,
        in,
        2,
        4,
        image.dim(2),
        image.dim(1),
        1,
        1,
        w.phases(),
        plan.splits);
  }

  /// @param m rows of the result
  /// @param places how many of them are of one image
  /// @param geometry the rest of the kernel's arguments: how it finds rows of x in the image
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
            joined(left, right, product, geometry));
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
