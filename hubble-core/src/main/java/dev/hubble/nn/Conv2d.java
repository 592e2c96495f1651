// SPDX-License-Identifier: Apache-2.0
package dev.hubble.nn;

import dev.hubble.kernels.Ops;
import dev.hubble.kernels.Padding;
import dev.hubble.kernels.Tensor;
import dev.hubble.kernels.Weight;

/// `y[n,p,q,:] = b + Σ W[:,:,i,j] · x[n,p+i,q+j,:]`
public record Conv2d(Ops ops, Weight weight, Tensor bias) {
  /// Reads `weight` `[out,in,3,3]` and `bias`.
  public static Conv2d load(Params p, int in, int out) {
    return new Conv2d(p.ops(), p.filter("weight", out, in, 3), p.vector("bias", out));
  }

  public Tensor apply(Tensor x) { // [N,H,W,in] -> [N,H,W,out]
    return ops.conv2d(x, weight, bias, 1, Padding.SAME);
  }

  /// `apply(x)` plus one vector per image, `v`: `[N,out]`.
  public Tensor applyAddPerImage(Tensor x, Tensor v) {
    return ops.conv2dAddPerImage(x, weight, bias, v);
  }

  /// `apply(x) + residual`
  public Tensor applyAdd(Tensor x, Tensor residual) {
    return ops.conv2dAdd(x, weight, bias, residual);
  }

  /// Every second place of both axes: `[N,H,W,in] -> [N,⌈H/2⌉,⌈W/2⌉,out]` with [Padding#SAME].
  public Tensor downsample(Tensor x, Padding padding) {
    return ops.conv2d(x, weight, bias, 2, padding);
  }

  /// Nearest-neighbour resize to `height` x `width`, then this convolution.
  public Tensor upsample(Tensor x, int height, int width) {
    return ops.upsampleConv2d(x, weight, bias, height, width);
  }
}
