// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels;

import java.util.OptionalLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Everything a backend must be able to do, at the level of the paper.
///
/// Images are `[N,H,W,C]` and token sequences `[N,L,C]`, so a 1x1 convolution is a linear layer and
/// an image becomes tokens by [#reshape]. The second half holds fused forms: their default bodies
/// *are* their meaning, spelt in the plain operations; a backend overrides them where one kernel
/// does better.
///
/// Every operation checks its arguments' shapes and throws [IllegalArgumentException] with the
/// operation's name and the shapes. One thread computes at a time. What an operation does to one
/// image of a batch does not depend on the others, bit for bit.
public interface Ops extends AutoCloseable {

  /// What computes, in one line for a person: `cpu: Vector API, 16 lanes, 2 threads`.
  String description();

  /// The name under which [Backends#open] finds this backend: `cuda:0`, `cpu`, `reference`.
  String device();

  /// The format in which networks compute here. What a tensor holds may be more precise; every
  /// operation takes tensors of any format, and sums are float32 or better.
  default DType dtype() {
    return DType.F32;
  }

  /// How many bytes a number takes that passes from layer to layer, at most.
  default int activationBytes() {
    return dtype().bytes();
  }

  /// The format in which weights are kept.
  default DType weightType() {
    return dtype();
  }

  // ---- moving numbers in and out ----

  /// Copies `data` (row-major) into a new tensor.
  Tensor upload(float[] data, int... shape);

  /// Copies a stored vector or table into a new tensor.
  Tensor upload(HostTensor data);

  /// Repacks the matrix `[out,in]` of a linear layer; trailing axes of size 1 (a 1x1 filter) are
  /// dropped.
  Weight linearWeight(HostTensor weight);

  /// Repacks a convolution filter `[out,in,kh,kw]`.
  Weight convWeight(HostTensor weight);

  /// Repacks a convolution filter of which it is known that it is used at stride 1 and with
  /// [Padding#SAME] or [Padding#NONE], mostly on images of `height x width`: a backend may keep it
  /// in the form alone that is best there.
  default Weight convWeight(HostTensor weight, int height, int width) {
    return convWeight(weight);
  }

  /// Repacks a convolution filter of which the same is known, and besides that it is mostly used by
  /// [#upsampleConv2d] for images of `height x width` (0 if nobody knows), twice as large as
  /// before.
  default Weight upsampleConvWeight(HostTensor weight, int height, int width) {
    return height > 0 && width > 0 ? convWeight(weight, height, width) : convWeight(weight);
  }

  /// The elements of `x`, row-major, as a fresh array.
  float[] download(Tensor x);

  // ---- layers ----

  /// `y = x Wᵀ + b` over the last axis: `[...,in] -> [...,out]`.
  Tensor linear(Tensor x, Weight w, @Nullable Tensor b);

  /// `y[n,p,q,:] = b + Σᵢⱼ W[:,:,i,j] · x[n, p·stride+i-pad, q·stride+j-pad, :]`, `[N,H,W,in] ->
  /// [N,H',W',out]`.
  Tensor conv2d(Tensor x, Weight w, Tensor b, int stride, Padding padding);

  /// Normalises each of `groups` groups of channels over space to mean 0 and variance 1, then
  /// scales and shifts per channel (Wu & He, 2018, arXiv:1803.08494). `[N,H,W,C]` or `[N,L,C]`.
  Tensor groupNorm(Tensor x, Tensor gamma, Tensor beta, int groups, float eps);

  /// Normalises over the last axis, then scales and shifts per channel (Ba et al., 2016,
  /// arXiv:1607.06450).
  Tensor layerNorm(Tensor x, Tensor gamma, Tensor beta, float eps);

  /// `softmax(Q Kᵀ / √d) V` for each of `heads` heads of width `d = C / heads` (Vaswani et al.,
  /// 2017, arXiv:1706.03762). `q`: `[N,L,C]`; `k`, `v`: `[N,M,C]`; result `[N,L,C]`. With `causal`,
  /// position i sees positions 0..i only.
  Tensor attention(Tensor q, Tensor k, Tensor v, int heads, boolean causal);

  /// Row `ids[i]` of `table` `[vocabulary,C]` for each i: `[ids.length,C]`.
  Tensor embedding(Tensor table, int[] ids);

  // ---- element by element ----

  /// `x · sigmoid(x)` (Elfwing et al., 2017, arXiv:1702.03118).
  Tensor silu(Tensor x);

  /// `x · sigmoid(1.702 x)`, the approximation of GELU that CLIP uses.
  Tensor quickGelu(Tensor x);

  /// Splits the last axis in a value half `a` and a gate half `g`: `a · g · Φ(g)` with the exact
  /// normal CDF (Shazeer, 2020, arXiv:2002.05202). `[...,2C] -> [...,C]`.
  Tensor geglu(Tensor x);

  /// `x + y`, of equal shape or `y` repeated over the leading axes that it lacks (`[N,L,C] +
  /// [L,C]`).
  Tensor add(Tensor x, Tensor y);

  /// `x[n,...,c] + v[n,c]`: one vector per image, the same at every place of it. `x`: `[N,...,C]`,
  /// `v`: `[N,C]`.
  Tensor addPerImage(Tensor x, Tensor v);

  /// `Σ weights[i] · xs[i]`, all of equal shape: the one thing that schedulers compute.
  Tensor weightedSum(float[] weights, Tensor... xs);

  // ---- shape ----

  /// The same numbers under another shape of equal size.
  Tensor reshape(Tensor x, int... shape);

  /// `[...,A]` and `[...,B]` side by side on the last axis: `[...,A+B]`.
  Tensor concat(Tensor x, Tensor y);

  /// The tensors one after the other on the first axis, their other sizes being equal.
  Tensor batch(Tensor... xs);

  /// Entries `from..to-1` of the first axis.
  Tensor slice(Tensor x, int from, int to);

  /// Nearest-neighbour resize `[N,H,W,C] -> [N,height,width,C]`: pixel (p,q) copies (p·H/height,
  /// q·W/width), rounded down.
  Tensor upsample(Tensor x, int height, int width);

  /// The image with one row or column more on every side, `[N,H,W,C] -> [N,H+2,W+2,C]`: where
  /// `wrap` says so what is on the opposite side of the image, else zeros. A convolution of it with
  /// [Padding#NONE] then sees no edge. The default goes over the host: seamless pictures are rare.
  default Tensor frame(Tensor x, boolean wrapRows, boolean wrapColumns) {
    return Frame.of(x, wrapRows, wrapColumns);
  }

  // ---- fused forms: the default is the meaning ----

  /// [#groupNorm], then [#silu].
  default Tensor groupNormSilu(Tensor x, Tensor gamma, Tensor beta, int groups, float eps) {
    return silu(groupNorm(x, gamma, beta, groups, eps));
  }

  /// [#groupNormSilu] of an `x` that nobody reads afterwards: its life may end here, and the result
  /// stand in its place.
  default Tensor groupNormSiluInPlace(Tensor x, Tensor gamma, Tensor beta, int groups, float eps) {
    return groupNormSilu(x, gamma, beta, groups, eps);
  }

  /// [#linear], then [#quickGelu].
  default Tensor linearQuickGelu(Tensor x, Weight w, Tensor b) {
    return quickGelu(linear(x, w, b));
  }

  /// [#linear] to twice the width, then [#geglu].
  default Tensor linearGeglu(Tensor x, Weight w, Tensor b) {
    return geglu(linear(x, w, b));
  }

  /// [#linear], plus `residual`.
  default Tensor linearAdd(Tensor x, Weight w, @Nullable Tensor b, Tensor residual) {
    return add(linear(x, w, b), residual);
  }

  /// [#conv2d] at stride 1, plus one vector per image (the time embedding).
  default Tensor conv2dAddPerImage(Tensor x, Weight w, Tensor b, Tensor v) {
    return addPerImage(conv2d(x, w, b, 1, Padding.SAME), v);
  }

  /// [#conv2d] at stride 1, plus `residual`.
  default Tensor conv2dAdd(Tensor x, Weight w, Tensor b, Tensor residual) {
    return add(conv2d(x, w, b, 1, Padding.SAME), residual);
  }

  /// [#upsample], then [#conv2d] at stride 1.
  default Tensor upsampleConv2d(Tensor x, Weight w, Tensor b, int height, int width) {
    return conv2d(upsample(x, height, width), w, b, 1, Padding.SAME);
  }

  // ---- memory ----

  /// Opens a scope; close it with try-with-resources.
  Scope openScope();

  /// Opens a scope of which it is known that its tensors, and what operations need besides, will
  /// occupy at most about so many bytes at once: a backend may get that in one piece.
  default Scope openScope(long bytes) {
    return openScope();
  }

  /// Runs `body` in a scope of its own and keeps only its result.
  default Tensor scope(Supplier<Tensor> body) {
    try (var scope = openScope()) {
      return scope.keep(body.get());
    }
  }

  /// The most bytes that the tensors of scopes, and what operations needed besides, have occupied
  /// at once since the outermost scope was opened; 0 if the backend does not count. Weights and
  /// what lives outside scopes are not in it.
  default long peakBytes() {
    return 0;
  }

  /// How many bytes are free for the tensors of a run, if the backend has memory of its own; empty
  /// if it uses the Java heap.
  default OptionalLong freeBytes() {
    return OptionalLong.empty();
  }

  /// Gives back all memory and threads. No tensor or weight of this backend can be used afterwards.
  @Override
  void close();
}
