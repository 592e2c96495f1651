// SPDX-License-Identifier: Apache-2.0
package dev.hubble.reference;

import dev.hubble.kernels.HostTensor;
import dev.hubble.kernels.Ops;
import dev.hubble.kernels.Padding;
import dev.hubble.kernels.Scope;
import dev.hubble.kernels.Tensor;
import dev.hubble.kernels.Weight;
import org.jspecify.annotations.Nullable;

/// What bf16 must lose, whoever computes: a float32 backend in which numbers are rounded to bf16
/// where bf16 rounds them, and nowhere else.
///
/// With [Keep#PRODUCTS] it rounds only what matrix products and attention multiply, weights and
/// activations: the best that tensor cores fed with bf16 can do. With [Keep#EVERYTHING] it rounds
/// besides what is kept between operations, biases too, as every implementation does whose tensors
/// are bf16.
final class RoundedOps implements Ops {
  /// Which numbers are bf16.
  enum Keep {
    /// What is multiplied.
    PRODUCTS,
    /// Every tensor.
    EVERYTHING
  }

  private final Ops exact;
  private final Keep keep;

  RoundedOps(Ops exact, Keep keep) {
    this.exact = exact;
    this.keep = keep;
  }

  /// To the nearest number of 8 significant bits, ties to even.
  private static float[] rounded(float[] x) {
    float[] y = new float[x.length];
    for (int i = 0; i < x.length; i++) {
      int bits = Float.floatToRawIntBits(x[i]);
      y[i] = Float.intBitsToFloat(bits + 0x7fff + (bits >>> 16 & 1) & 0xffff_0000);
    }
    return y;
  }

  private Tensor rounded(Tensor x) {
    return exact.upload(rounded(exact.download(x)), x.shape().toArray());
  }

  private static HostTensor rounded(HostTensor x) {
    float[] all = new float[Math.toIntExact(x.shape().size())];
    x.read(0, all, 0, all.length);
    return HostTensor.of(rounded(all), x.shape().toArray());
  }

  private Tensor stored(Tensor x) {
    return keep == Keep.EVERYTHING ? rounded(x) : x;
  }

  @Override
  public String description() {
    return exact.description() + ", rounded to bf16";
  }

  @Override
  public String device() {
    return exact.device();
  }

  @Override
  public Tensor upload(float[] data, int... shape) {
    return exact.upload(data, shape);
  }

  @Override
  public Tensor upload(HostTensor data) {
    return exact.upload(keep == Keep.EVERYTHING ? rounded(data) : data);
  }

  @Override
  public Weight linearWeight(HostTensor weight) {
    return exact.linearWeight(rounded(weight));
  }

  @Override
  public Weight convWeight(HostTensor weight) {
    return exact.convWeight(rounded(weight));
  }

  @Override
  public float[] download(Tensor x) {
    return exact.download(x);
  }

  @Override
  public Tensor linear(Tensor x, Weight w, @Nullable Tensor b) {
    return stored(exact.linear(rounded(x), w, b));
  }

  @Override
  public Tensor linearQuickGelu(Tensor x, Weight w, Tensor b) {
    return stored(exact.linearQuickGelu(rounded(x), w, b));
  }

  @Override
  public Tensor linearGeglu(Tensor x, Weight w, Tensor b) {
    return stored(exact.linearGeglu(rounded(x), w, b));
  }

  @Override
  public Tensor linearAdd(Tensor x, Weight w, @Nullable Tensor b, Tensor residual) {
    return stored(exact.linearAdd(rounded(x), w, b, residual));
  }

  @Override
  public Tensor conv2d(Tensor x, Weight w, Tensor b, int stride, Padding padding) {
    return stored(exact.conv2d(rounded(x), w, b, stride, padding));
  }

  @Override
  public Tensor conv2dAddPerImage(Tensor x, Weight w, Tensor b, Tensor v) {
    return stored(exact.conv2dAddPerImage(rounded(x), w, b, v));
  }

  @Override
  public Tensor conv2dAdd(Tensor x, Weight w, Tensor b, Tensor residual) {
    return stored(exact.conv2dAdd(rounded(x), w, b, residual));
  }

  @Override
  public Tensor upsampleConv2d(Tensor x, Weight w, Tensor b, int height, int width) {
    return stored(exact.upsampleConv2d(rounded(x), w, b, height, width));
  }

  @Override
  public Tensor groupNorm(Tensor x, Tensor gamma, Tensor beta, int groups, float eps) {
    return stored(exact.groupNorm(x, gamma, beta, groups, eps));
  }

  @Override
  public Tensor groupNormSilu(Tensor x, Tensor gamma, Tensor beta, int groups, float eps) {
    return stored(exact.groupNormSilu(x, gamma, beta, groups, eps));
  }

  @Override
  public Tensor layerNorm(Tensor x, Tensor gamma, Tensor beta, float eps) {
    return stored(exact.layerNorm(x, gamma, beta, eps));
  }

  @Override
  public Tensor attention(Tensor q, Tensor k, Tensor v, int heads, boolean causal) {
    return stored(exact.attention(rounded(q), rounded(k), rounded(v), heads, causal));
  }

  @Override
  public Tensor embedding(Tensor table, int[] ids) {
    return exact.embedding(table, ids);
  }

  @Override
  public Tensor silu(Tensor x) {
    return stored(exact.silu(x));
  }

  @Override
  public Tensor quickGelu(Tensor x) {
    return stored(exact.quickGelu(x));
  }

  @Override
  public Tensor geglu(Tensor x) {
    return stored(exact.geglu(x));
  }

  @Override
  public Tensor add(Tensor x, Tensor y) {
    return stored(exact.add(x, y));
  }

  @Override
  public Tensor addPerImage(Tensor x, Tensor v) {
    return stored(exact.addPerImage(x, v));
  }

  @Override
  public Tensor weightedSum(float[] weights, Tensor... xs) {
    return exact.weightedSum(weights, xs);
  }

  @Override
  public Tensor reshape(Tensor x, int... shape) {
    return exact.reshape(x, shape);
  }

  @Override
  public Tensor concat(Tensor x, Tensor y) {
    return exact.concat(x, y);
  }

  @Override
  public Tensor batch(Tensor... xs) {
    return exact.batch(xs);
  }

  @Override
  public Tensor slice(Tensor x, int from, int to) {
    return exact.slice(x, from, to);
  }

  @Override
  public Tensor upsample(Tensor x, int height, int width) {
    return exact.upsample(x, height, width);
  }

  @Override
  public Scope openScope() {
    return exact.openScope();
  }

  @Override
  public void close() {
    exact.close();
  }
}
