// SPDX-License-Identifier: Apache-2.0
package dev.hubble.unet;

import dev.hubble.kernels.Tensor;
import dev.hubble.nn.LayerNorm;
import dev.hubble.nn.Linear;
import dev.hubble.nn.Observer;
import dev.hubble.nn.Params;

/// Self-attention, cross-attention and a gated feed-forward layer, each normalising first and
/// adding to what came in.
public record TransformerBlock(
    String name,
    LayerNorm norm1,
    SelfAttention attn1,
    LayerNorm norm2,
    CrossAttention attn2,
    LayerNorm norm3,
    Linear ffProj,
    Linear ffOut) {

  private static final float NORM_EPS = 1e-5f;

  public static TransformerBlock load(Params p, int channels, UNetConfig c) {
    var net = p.at("ff").at("net");
    return new TransformerBlock(
        p.path(),
        LayerNorm.load(p.at("norm1"), channels, NORM_EPS),
        SelfAttention.load(p.at("attn1"), channels, c.heads()),
        LayerNorm.load(p.at("norm2"), channels, NORM_EPS),
        CrossAttention.load(p.at("attn2"), channels, c.crossAttentionDim(), c.heads()),
        LayerNorm.load(p.at("norm3"), channels, NORM_EPS),
        Linear.load(net.at(0).at("proj"), channels, 8 * channels),
        Linear.load(net.at(2), 4 * channels, channels));
  }

  /// Runs it on tokens `[N,L,C]`, repeated for as many images as `words` are for. The observer sees
  /// the sum after each part, its residual included.
  public Tensor apply(Tensor x, CrossAttention.Words words, Observer observer) {
    var ops = x.ops();
    var afterSelf = ops.scope(() -> attn1.applyAdd(norm1.apply(x), x));
    observer.on(name + ".attn1", afterSelf);
    var afterCross =
        ops.scope(() -> {
          var each = Repeat.to(words.images(), afterSelf);
          return attn2.applyAdd(norm2.apply(each), words, each);
        });
    observer.on(name + ".attn2", afterCross);
    var out =
        ops.scope(() -> ffOut.applyAdd(ffProj.applyGeglu(norm3.apply(afterCross)), afterCross));
    observer.on(name + ".ff", out);
    return out;
  }
}
