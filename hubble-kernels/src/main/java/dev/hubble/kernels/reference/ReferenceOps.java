// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.reference;

import dev.hubble.kernels.HostTensor;
import dev.hubble.kernels.Padding;
import dev.hubble.kernels.Tensor;
import dev.hubble.kernels.Weight;
import dev.hubble.kernels.heap.Arguments;
import dev.hubble.kernels.heap.HeapOps;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/// The backend `reference`. It overrides no fused form: the defaults are their meaning.
public final class ReferenceOps extends HeapOps {
  /// Opens the backend.
  public ReferenceOps() {
    this(false);
  }

  /// Opens the backend.
  ///
  /// @param poison whether recycled memory is filled with NaN
  public ReferenceOps(boolean poison) {
    super(poison);
  }

  @Override
  public String description() {
    return "reference: plain loops, double sums, 1 thread";
  }

  @Override
  public String device() {
    return "reference";
  }

  @Override
  public void parallel(int tiles, IntConsumer body) {
    for (int t = 0; t < tiles; t++) {
      body.accept(t);
    }
  }

  @Override
  public Weight linearWeight(HostTensor weight) {
    return ReferenceWeight.linear(this, weight);
  }

  @Override
  public Weight convWeight(HostTensor weight) {
    return ReferenceWeight.conv(this, weight);
  }

  @Override
  public Tensor linear(Tensor x, Weight w, @Nullable Tensor b) {
    var xs = in("linear", x);
    var ws = in("linear", w, ReferenceWeight.class);
    var bs = b == null ? null : in("linear", b);
    var y =
        allocate(
            "linear",
            Arguments.linear("linear", xs.shape(), ws.shape(), bs == null ? null : bs.shape()));
    Gemm.linear(xs, ws, bs, y);
    return y;
  }

  @Override
  public Tensor conv2d(Tensor x, Weight w, Tensor b, int stride, Padding padding) {
    var xs = in("conv2d", x);
    var ws = in("conv2d", w, ReferenceWeight.class);
    var bs = in("conv2d", b);
    var y =
        allocate(
            "conv2d",
            Arguments.conv2d("conv2d", xs.shape(), ws.shape(), bs.shape(), stride, padding));
    Conv2d.conv2d(xs, ws, bs, stride, padding, y);
    return y;
  }

  @Override
  public Tensor groupNorm(Tensor x, Tensor gamma, Tensor beta, int groups, float eps) {
    var xs = in("groupNorm", x);
    var gs = in("groupNorm", gamma);
    var bs = in("groupNorm", beta);
    var y =
        allocate(
            "groupNorm",
            Arguments.groupNorm("groupNorm", xs.shape(), gs.shape(), bs.shape(), groups));
    Norms.groupNorm(xs, gs, bs, groups, eps, y);
    return y;
  }

  @Override
  public Tensor layerNorm(Tensor x, Tensor gamma, Tensor beta, float eps) {
    var xs = in("layerNorm", x);
    var gs = in("layerNorm", gamma);
    var bs = in("layerNorm", beta);
    var y =
        allocate("layerNorm", Arguments.layerNorm("layerNorm", xs.shape(), gs.shape(), bs.shape()));
    Norms.layerNorm(xs, gs, bs, eps, y);
    return y;
  }

  @Override
  public Tensor attention(Tensor q, Tensor k, Tensor v, int heads, boolean causal) {
    var qs = in("attention", q);
    var ks = in("attention", k);
    var vs = in("attention", v);
    var y =
        allocate(
            "attention",
            Arguments.attention("attention", qs.shape(), ks.shape(), vs.shape(), heads));
    Attention.attention(qs, ks, vs, heads, causal, y);
    return y;
  }

  @Override
  public Tensor silu(Tensor x) {
    var xs = in("silu", x);
    var y = allocate("silu", xs.shape());
    Activations.silu(xs, y);
    return y;
  }

  @Override
  public Tensor quickGelu(Tensor x) {
    var xs = in("quickGelu", x);
    var y = allocate("quickGelu", xs.shape());
    Activations.quickGelu(xs, y);
    return y;
  }

  @Override
  public Tensor geglu(Tensor x) {
    var xs = in("geglu", x);
    var y = allocate("geglu", Arguments.geglu("geglu", xs.shape()));
    Activations.geglu(xs, y);
    return y;
  }
}
