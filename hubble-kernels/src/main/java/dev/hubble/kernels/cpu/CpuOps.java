// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

import dev.hubble.kernels.DType;
import dev.hubble.kernels.HostTensor;
import dev.hubble.kernels.Padding;
import dev.hubble.kernels.Tensor;
import dev.hubble.kernels.Weight;
import dev.hubble.kernels.heap.Arguments;
import dev.hubble.kernels.heap.HeapOps;
import dev.hubble.kernels.heap.HeapTensor;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/// The backend `cpu`.
///
/// Results are the same, bit for bit, for any number of threads, and for an image alone or in a
/// batch: an element's arithmetic does not depend on the tile it is in.
public final class CpuOps extends HeapOps {
  private final Kernels kernels;
  private final Threads threads;
  private final ConvolutionPolicy policy;
  private final DType storage;
  private final Scratch scratch = new Scratch();

  /// Opens the backend with the fastest kernels that work here.
  ///
  /// @param threads how many threads compute; 0 for one per available core
  /// @param policy how 3x3 convolutions are computed
  /// @param storage how weights are kept in memory; everything else is float
  public CpuOps(int threads, ConvolutionPolicy policy, DType storage) {
    this(KernelChoice.best(), threads, policy, storage, false);
  }

  /// Opens the backend with the given kernels and weights in float.
  ///
  /// @param poison whether recycled memory is filled with NaN
  public CpuOps(Kernels kernels, int threads, ConvolutionPolicy policy, boolean poison) {
    this(kernels, threads, policy, DType.F32, poison);
  }

  /// Opens the backend with the given kernels.
  ///
  /// @param poison whether recycled memory is filled with NaN
  public CpuOps(
      Kernels kernels, int threads, ConvolutionPolicy policy, DType storage, boolean poison) {
    super(poison);
    Arguments.require(threads >= 0, "cpu", "the number of threads must not be negative", threads);
    this.kernels = kernels;
    this.threads = new Threads(threads == 0 ? Runtime.getRuntime().availableProcessors() : threads);
    this.policy = policy;
    this.storage = storage;
  }

  ConvolutionPolicy policy() {
    return policy;
  }

  @Override
  public DType weightType() {
    return storage;
  }

  Kernels kernels() {
    return kernels;
  }

  /// This thread's array for a use, with any content: see [Scratch].
  float[] floats(Scratch.Use use, int length) {
    return scratch.floats(use, length);
  }

  /// The same in double precision.
  double[] doubles(Scratch.Use use, int length) {
    return scratch.doubles(use, length);
  }

  /// The same for offsets.
  int[] ints(Scratch.Use use, int length) {
    return scratch.ints(use, length);
  }

  /// How many threads compute.
  int threads() {
    return threads.count();
  }

  @Override
  public String description() {
    int n = threads.count();
    var weights = storage == DType.F32 ? "" : ", weights in " + storage;
    return "cpu: " + kernels.description() + ", " + n + (n == 1 ? " thread" : " threads") + weights;
  }

  @Override
  public String device() {
    return "cpu";
  }

  @Override
  public void parallel(int tiles, IntConsumer body) {
    threads.run(tiles, body);
  }

  @Override
  public void close() {
    super.close();
    threads.close();
    scratch.clear();
  }

  @Override
  public Weight linearWeight(HostTensor weight) {
    return PackedWeight.linear(this, weight);
  }

  @Override
  public Weight convWeight(HostTensor weight) {
    return PackedWeight.conv(this, weight);
  }

  @Override
  public Weight convWeight(HostTensor weight, int height, int width) {
    return PackedWeight.conv(this, weight, height, width);
  }

  // ---- layers ----

  @Override
  public Tensor linear(Tensor x, Weight w, @Nullable Tensor b) {
    return linear("linear", x, w, b, null, Gemm.Activation.NONE);
  }

  @Override
  public Tensor linearAdd(Tensor x, Weight w, @Nullable Tensor b, Tensor residual) {
    return linear("linearAdd", x, w, b, residual, Gemm.Activation.NONE);
  }

  @Override
  public Tensor linearQuickGelu(Tensor x, Weight w, Tensor b) {
    return linear("linearQuickGelu", x, w, b, null, Gemm.Activation.QUICK_GELU);
  }

  private Tensor linear(
      String op,
      Tensor x,
      Weight w,
      @Nullable Tensor b,
      @Nullable Tensor residual,
      Gemm.Activation activation) {
    var xs = in(op, x);
    var ws = in(op, w, PackedWeight.class);
    var bias = b == null ? null : in(op, b);
    var shape = Arguments.linear(op, xs.shape(), ws.shape(), bias == null ? null : bias.shape());
    var added = residual == null ? null : in(op, residual);
    if (added != null) {
      Arguments.same(op, shape, added.shape());
    }
    var y = allocate(op, shape);
    var addends = new Gemm.Addends(bias, null, 1, added);
    int rows = ws.outs == 0 ? 0 : y.size() / ws.outs;
    var inputs = Rows.evenly(xs.offset(), ws.ins);
    Gemm.run(this, ws, xs.data(), inputs, 0, rows, addends, activation, y);
    return y;
  }

  @Override
  public Tensor linearGeglu(Tensor x, Weight w, Tensor b) {
    var xs = in("linearGeglu", x);
    var ws = in("linearGeglu", w, PackedWeight.class);
    var bias = in("linearGeglu", b);
    var wide = Arguments.linear("linearGeglu", xs.shape(), ws.shape(), bias.shape());
    var y = allocate("linearGeglu", Arguments.geglu("linearGeglu", wide));
    return Gemm.geglu(this, ws, xs, bias, y) ? y : geglu(linear(x, w, b));
  }

  @Override
  public Tensor conv2d(Tensor x, Weight w, Tensor b, int stride, Padding padding) {
    return conv2d("conv2d", x, w, b, stride, padding, null, null);
  }

  @Override
  public Tensor conv2dAddPerImage(Tensor x, Weight w, Tensor b, Tensor v) {
    return conv2d("conv2dAddPerImage", x, w, b, 1, Padding.SAME, v, null);
  }

  @Override
  public Tensor conv2dAdd(Tensor x, Weight w, Tensor b, Tensor residual) {
    return conv2d("conv2dAdd", x, w, b, 1, Padding.SAME, null, residual);
  }

  private Tensor conv2d(
      String op,
      Tensor x,
      Weight w,
      Tensor b,
      int stride,
      Padding padding,
      @Nullable Tensor perImage,
      @Nullable Tensor residual) {
    var xs = in(op, x);
    var ws = in(op, w, PackedWeight.class);
    var bias = in(op, b);
    var shape = Arguments.conv2d(op, xs.shape(), ws.shape(), bias.shape(), stride, padding);
    var vs = perImage == null ? null : in(op, perImage);
    if (vs != null) {
      Arguments.addPerImage(op, shape, vs.shape());
    }
    var added = residual == null ? null : in(op, residual);
    if (added != null) {
      Arguments.same(op, shape, added.shape());
    }
    var y = allocate(op, shape);
    var addends = new Gemm.Addends(bias, vs, shape.dim(1) * shape.dim(2), added);
    var seen = new Conv2d.Geometry(xs.dim(1), xs.dim(2), stride, padding);
    Conv2d.run(this, ws, xs, seen, addends, y);
    return y;
  }

  @Override
  public Tensor upsampleConv2d(Tensor x, Weight w, Tensor b, int height, int width) {
    var op = "upsampleConv2d";
    var xs = in(op, x);
    var ws = in(op, w, PackedWeight.class);
    var bias = in(op, b);
    var large = Arguments.upsample(op, xs.shape(), height, width);
    var y = allocate(op, Arguments.conv2d(op, large, ws.shape(), bias.shape(), 1, Padding.SAME));
    var seen = new Conv2d.Geometry(height, width, 1, Padding.SAME);
    Conv2d.run(this, ws, xs, seen, Gemm.Addends.bias(bias), y);
    return y;
  }

  @Override
  public Tensor groupNorm(Tensor x, Tensor gamma, Tensor beta, int groups, float eps) {
    return groupNorm("groupNorm", x, gamma, beta, groups, eps, false);
  }

  @Override
  public Tensor groupNormSilu(Tensor x, Tensor gamma, Tensor beta, int groups, float eps) {
    return groupNorm("groupNormSilu", x, gamma, beta, groups, eps, true);
  }

  @Override
  public Tensor groupNormSiluInPlace(Tensor x, Tensor gamma, Tensor beta, int groups, float eps) {
    var op = "groupNormSiluInPlace";
    var xs = in(op, x);
    var gs = in(op, gamma);
    var bs = in(op, beta);
    Arguments.groupNorm(op, xs.shape(), gs.shape(), bs.shape(), groups);
    return inPlace(op, xs, y -> Norms.groupNorm(this, xs, gs, bs, groups, eps, true, y));
  }

  private Tensor groupNorm(
      String op, Tensor x, Tensor gamma, Tensor beta, int groups, float eps, boolean silu) {
    var xs = in(op, x);
    var gs = in(op, gamma);
    var bs = in(op, beta);
    var y = allocate(op, Arguments.groupNorm(op, xs.shape(), gs.shape(), bs.shape(), groups));
    Norms.groupNorm(this, xs, gs, bs, groups, eps, silu, y);
    return y;
  }

  @Override
  public Tensor layerNorm(Tensor x, Tensor gamma, Tensor beta, float eps) {
    var xs = in("layerNorm", x);
    var gs = in("layerNorm", gamma);
    var bs = in("layerNorm", beta);
    var y =
        allocate("layerNorm", Arguments.layerNorm("layerNorm", xs.shape(), gs.shape(), bs.shape()));
    Norms.layerNorm(this, xs, gs, bs, eps, y);
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
    if (y.size() > 0) {
      new Attention(this, qs, ks, vs, heads, causal, y).run();
    }
    return y;
  }

  // ---- element by element ----

  @Override
  public Tensor silu(Tensor x) {
    var xs = in("silu", x);
    var y = allocate("silu", xs.shape());
    elements(
        y,
        (from, n) -> kernels.silu(xs.data(), xs.offset() + from, y.data(), y.offset() + from, n));
    return y;
  }

  @Override
  public Tensor quickGelu(Tensor x) {
    var xs = in("quickGelu", x);
    var y = allocate("quickGelu", xs.shape());
    elements(
        y,
        (from, n) ->
            kernels.quickGelu(xs.data(), xs.offset() + from, y.data(), y.offset() + from, n));
    return y;
  }

  @Override
  public Tensor geglu(Tensor x) {
    var xs = in("geglu", x);
    var y = allocate("geglu", Arguments.geglu("geglu", xs.shape()));
    int width = y.dim(-1);
    rows(
        width == 0 ? 0 : y.size() / width,
        width,
        (from, to) -> {
          for (int r = from; r < to; r++) {
            int at = xs.offset() + r * 2 * width;
            int into = y.offset() + r * width;
            kernels.geglu(xs.data(), at, xs.data(), at + width, y.data(), into, width);
          }
        });
    return y;
  }

  private void elements(HeapTensor y, Range body) {
    rows(y.size(), 1, (from, to) -> body.run(from, to - from));
  }
}
