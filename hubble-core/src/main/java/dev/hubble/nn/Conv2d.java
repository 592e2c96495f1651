// SPDX-License-Identifier: Apache-2.0
package dev.hubble.nn;

import dev.hubble.Tiling;
import dev.hubble.kernels.Ops;
import dev.hubble.kernels.Padding;
import dev.hubble.kernels.Tensor;
import dev.hubble.kernels.Weight;
import java.util.function.Supplier;

/// `y[n,p,q,:] = b + Σ W[:,:,i,j] · x[n,p+i,q+j,:]`
///
/// Beyond the edge of an image lie zeros, or, for seamless pictures, its opposite side. That is a
/// matter of one run, not of the weights, so [#tiled] says it for all that is computed within.
public record Conv2d(Ops ops, Weight weight, Tensor bias) {
  private static final ScopedValue<Tiling> TILING = ScopedValue.newInstance();

  /// Reads `weight` `[out,in,3,3]` and `bias`.
  public static Conv2d load(Params p, int in, int out) {
    return new Conv2d(p.ops(), p.filter("weight", out, in, 3), p.vector("bias", out));
  }

  /// The same for [#upsample] alone.
  public static Conv2d loadUpsampling(Params p, int in, int out) {
    return new Conv2d(p.ops(), p.upsampleFilter("weight", out, in, 3), p.vector("bias", out));
  }

  /// Runs `body` with images that continue on their opposite sides along the axes of `tiling`.
  public static <T> T tiled(Tiling tiling, Supplier<T> body) {
    return ScopedValue.where(TILING, tiling).call(body::get);
  }

  public Tensor apply(Tensor x) { // [N,H,W,in] -> [N,H,W,out]
    return isTiled() ? wrapped(x, 1) : ops.conv2d(x, weight, bias, 1, Padding.SAME);
  }

  /// `apply(x)` plus one vector per image, `v`: `[N,out]`.
  public Tensor applyAddPerImage(Tensor x, Tensor v) {
    return isTiled()
        ? ops.addPerImage(wrapped(x, 1), v)
        : ops.conv2dAddPerImage(x, weight, bias, v);
  }

  /// `apply(x) + residual`
  public Tensor applyAdd(Tensor x, Tensor residual) {
    return isTiled() ? ops.add(wrapped(x, 1), residual) : ops.conv2dAdd(x, weight, bias, residual);
  }

  /// Every second place of both axes: `[N,H,W,in] -> [N,⌈H/2⌉,⌈W/2⌉,out]` with [Padding#SAME]. The
  /// other paddings have zeros around the image always.
  public Tensor downsample(Tensor x, Padding padding) {
    return isTiled() && padding == Padding.SAME
        ? wrapped(x, 2)
        : ops.conv2d(x, weight, bias, 2, padding);
  }

  /// Nearest-neighbour resize to `height` x `width`, then this convolution.
  public Tensor upsample(Tensor x, int height, int width) {
    return isTiled()
        ? wrapped(ops.upsample(x, height, width), 1)
        : ops.upsampleConv2d(x, weight, bias, height, width);
  }

  private static boolean isTiled() {
    return TILING.orElse(Tiling.NONE) != Tiling.NONE;
  }

  private Tensor wrapped(Tensor x, int stride) {
    Tiling tiling = TILING.get();
    return ops.scope(() ->
        ops.conv2d(
            ops.frame(x, tiling.vertical(), tiling.horizontal()),
            weight,
            bias,
            stride,
            Padding.NONE));
  }
}
