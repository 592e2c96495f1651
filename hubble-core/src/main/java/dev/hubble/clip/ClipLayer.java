// SPDX-License-Identifier: Apache-2.0
package dev.hubble.clip;

import dev.hubble.kernels.Ops;
import dev.hubble.kernels.Tensor;
import dev.hubble.nn.LayerNorm;
import dev.hubble.nn.Linear;
import dev.hubble.nn.Params;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/// One transformer layer of CLIP's, normalising before each half. Its text encoder and its image
/// encoder are made of the same.
public record ClipLayer(
    LayerNorm layerNorm1,
    Linear qProj,
    Linear kProj,
    Linear vProj,
    Linear outProj,
    int heads,
    LayerNorm layerNorm2,
    Linear fc1,
    Linear fc2) {

  /// Reads a layer of width `width`, which is `inner` inside its MLP.
  public static ClipLayer load(Params p, int width, int inner, int heads, float eps) {
    var attention = p.at("self_attn");
    return new ClipLayer(
        LayerNorm.load(p.at("layer_norm1"), width, eps),
        Linear.load(attention.at("q_proj"), width, width),
        Linear.load(attention.at("k_proj"), width, width),
        Linear.load(attention.at("v_proj"), width, width),
        Linear.load(attention.at("out_proj"), width, width),
        heads,
        LayerNorm.load(p.at("layer_norm2"), width, eps),
        Linear.load(p.at("mlp").at("fc1"), width, inner),
        Linear.load(p.at("mlp").at("fc2"), inner, width));
  }

  /// Runs it on `[N,L,C]`; with `causal`, a token sees only those before it.
  public Tensor apply(Tensor x, boolean causal) {
    return apply(x, (q, k, v) -> x.ops().attention(q, k, v, heads, causal));
  }

  /// Runs it on one causal sequence `[1,L,C]` in which nobody sees the tokens that are `hidden`.
  ///
  /// @param hidden `[L]`; null for none. The first token cannot be
  Tensor applyCausal(Tensor x, boolean @Nullable [] hidden) {
    return hidden == null ? apply(x, true) : apply(x, (q, k, v) -> attend(q, k, v, hidden));
  }

  private interface Attention {
    Tensor of(Tensor q, Tensor k, Tensor v);
  }

  private Tensor apply(Tensor x, Attention attention) {
    Ops ops = x.ops();
    return ops.scope(() -> {
      var h = layerNorm1.apply(x);
      h = attention.of(qProj.apply(h), kProj.apply(h), vProj.apply(h));
      var y = outProj.applyAdd(h, x);
      return fc2.applyAdd(fc1.applyQuickGelu(layerNorm2.apply(y)), y);
    });
  }

  /// One query at a time: the keys that it sees are the first of those that are not hidden.
  private Tensor attend(Tensor q, Tensor k, Tensor v, boolean[] hidden) {
    Ops ops = q.ops();
    int length = q.dim(1);
    int width = q.dim(2);
    var keys = seen(k.reshape(length, width), hidden);
    var values = seen(v.reshape(length, width), hidden);
    var queries = q.reshape(length, width);
    var rows = new Tensor[length];
    int count = 0;
    for (int i = 0; i < length; i++) {
      count += hidden[i] ? 0 : 1;
      rows[i] =
          ops.attention(
              ops.slice(queries, i, i + 1).reshape(1, 1, width),
              ops.slice(keys, 0, count).reshape(1, count, width),
              ops.slice(values, 0, count).reshape(1, count, width),
              heads,
              false);
    }
    return ops.batch(rows).reshape(1, length, width);
  }

  private static Tensor seen(Tensor x, boolean[] hidden) {
    var rows = new ArrayList<Tensor>();
    for (int i = 0; i < hidden.length; i++) {
      if (!hidden[i]) {
        rows.add(x.ops().slice(x, i, i + 1));
      }
    }
    return x.ops().batch(rows.toArray(Tensor[]::new));
  }
}
