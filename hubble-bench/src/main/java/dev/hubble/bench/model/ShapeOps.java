// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.model;

import dev.hubble.kernels.DType;
import dev.hubble.kernels.HostTensor;
import dev.hubble.kernels.Ops;
import dev.hubble.kernels.Padding;
import dev.hubble.kernels.Scope;
import dev.hubble.kernels.Shape;
import dev.hubble.kernels.Tensor;
import dev.hubble.kernels.Weight;
import dev.hubble.kernels.heap.Arguments;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A backend that computes nothing but shapes, and counts the arithmetic that a real one would do:
/// a model runs on it in no time, with weights that are never read.
///
/// Counted are the sums of products: convolutions, linear layers and attention. A multiply-add
/// counts as two, whatever algorithm a backend may take. Norms, activations and additions are not
/// counted.
public final class ShapeOps implements Ops {
  private double flops;

  /// The operations counted so far.
  public double flops() {
    return flops;
  }

  private record Empty(Ops ops, Shape shape) implements Tensor {
    @Override
    public DType dtype() {
      return DType.F32;
    }
  }

  private record EmptyWeight(Shape shape) implements Weight {
    @Override
    public long bytes() {
      return 0;
    }
  }

  private Tensor of(Shape shape) {
    return new Empty(this, shape);
  }

  private Tensor count(Shape y, double productsPerElement) {
    flops += 2 * productsPerElement * y.size();
    return of(y);
  }

  @Override
  public String description() {
    return "shapes only";
  }

  @Override
  public String device() {
    return "shapes";
  }

  @Override
  public Tensor upload(float[] data, int... shape) {
    return of(Shape.of(shape));
  }

  @Override
  public Tensor upload(HostTensor data) {
    return of(data.shape());
  }

  @Override
  public Weight linearWeight(HostTensor weight) {
    return new EmptyWeight(weight.shape());
  }

  @Override
  public Weight convWeight(HostTensor weight) {
    return new EmptyWeight(weight.shape());
  }

  @Override
  public float[] download(Tensor x) {
    return new float[Math.toIntExact(x.shape().size())];
  }

  @Override
  public Tensor linear(Tensor x, Weight w, @Nullable Tensor b) {
    var bias = b == null ? null : b.shape();
    return count(Arguments.linear("linear", x.shape(), w.shape(), bias), w.shape().dim(1));
  }

  @Override
  public Tensor conv2d(Tensor x, Weight w, Tensor b, int stride, Padding padding) {
    var f = w.shape();
    var y = Arguments.conv2d("conv2d", x.shape(), f, b.shape(), stride, padding);
    return count(y, (double) f.dim(1) * f.dim(2) * f.dim(3));
  }

  @Override
  public Tensor attention(Tensor q, Tensor k, Tensor v, int heads, boolean causal) {
    var y = Arguments.attention("attention", q.shape(), k.shape(), v.shape(), heads);
    return count(y, 2.0 * k.dim(1)); // scores and weighted values; what is masked counts too
  }

  @Override
  public Tensor groupNorm(Tensor x, Tensor gamma, Tensor beta, int groups, float eps) {
    return of(Arguments.groupNorm("groupNorm", x.shape(), gamma.shape(), beta.shape(), groups));
  }

  @Override
  public Tensor layerNorm(Tensor x, Tensor gamma, Tensor beta, float eps) {
    return of(Arguments.layerNorm("layerNorm", x.shape(), gamma.shape(), beta.shape()));
  }

  @Override
  public Tensor embedding(Tensor table, int[] ids) {
    return of(Arguments.embedding("embedding", table.shape(), ids));
  }

  @Override
  public Tensor silu(Tensor x) {
    return of(x.shape());
  }

  @Override
  public Tensor quickGelu(Tensor x) {
    return of(x.shape());
  }

  @Override
  public Tensor geglu(Tensor x) {
    return of(Arguments.geglu("geglu", x.shape()));
  }

  @Override
  public Tensor add(Tensor x, Tensor y) {
    return of(Arguments.add("add", x.shape(), y.shape()));
  }

  @Override
  public Tensor addPerImage(Tensor x, Tensor v) {
    return of(Arguments.addPerImage("addPerImage", x.shape(), v.shape()));
  }

  @Override
  public Tensor weightedSum(float[] weights, Tensor... xs) {
    return of(xs[0].shape());
  }

  @Override
  public Tensor reshape(Tensor x, int... shape) {
    return of(Arguments.reshape("reshape", x.shape(), shape));
  }

  @Override
  public Tensor concat(Tensor x, Tensor y) {
    return of(Arguments.concat("concat", x.shape(), y.shape()));
  }

  @Override
  public Tensor batch(Tensor... xs) {
    return of(Arguments.batch("batch", Arrays.stream(xs).map(Tensor::shape).toArray(Shape[]::new)));
  }

  @Override
  public Tensor slice(Tensor x, int from, int to) {
    return of(Arguments.slice("slice", x.shape(), from, to));
  }

  @Override
  public Tensor upsample(Tensor x, int height, int width) {
    return of(Arguments.upsample("upsample", x.shape(), height, width));
  }

  @Override
  public Scope openScope() {
    return new Scope() {
      @Override
      public <T extends Tensor> T keep(T x) {
        return x;
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public void close() {}
}
