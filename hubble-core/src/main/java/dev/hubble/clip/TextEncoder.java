// SPDX-License-Identifier: Apache-2.0
package dev.hubble.clip;

import dev.hubble.kernels.Ops;
import dev.hubble.kernels.Tensor;
import dev.hubble.nn.LayerNorm;
import dev.hubble.nn.Linear;
import dev.hubble.nn.Observer;
import dev.hubble.nn.Params;
import java.util.List;
import java.util.stream.IntStream;

/// CLIP's text transformer (Radford et al., 2021, arXiv:2103.00020): 77 token ids become 77 vectors
/// that say what each token means after all that stands before it.
///
/// ```
/// ids ─ token embedding + position embedding ─ 12 x [ x + attn(norm1(x)), x + mlp(norm2(x)) ] ─ final norm
/// ```
public record TextEncoder(
    TextEncoderConfig config,
    Tensor tokenEmbedding,
    Tensor positionEmbedding,
    List<Layer> layers,
    LayerNorm finalLayerNorm) {

  /// Reads the weights under `text_model`.
  public static TextEncoder load(Params root, TextEncoderConfig c) {
    var p = root.at("text_model");
    var embeddings = p.at("embeddings");
    return new TextEncoder(
        c,
        embeddings.at("token_embedding").table("weight", c.vocabSize(), c.hiddenSize()),
        embeddings.at("position_embedding").table("weight", c.positions(), c.hiddenSize()),
        IntStream.range(0, c.layers())
            .mapToObj(i -> Layer.load(p.at("encoder").at("layers").at(i), c))
            .toList(),
        LayerNorm.load(p.at("final_layer_norm"), c.hiddenSize(), c.eps()));
  }

  /// The hidden states after the last layer: `ids` `[77]` -> `[1,77,C]`.
  public Tensor apply(int[] ids, Observer observer) {
    return apply(ids, 0, observer);
  }

  /// The hidden states after all layers but the last `skip`, and the final norm: what some models
  /// were trained on.
  public Tensor apply(int[] ids, int skip, Observer observer) {
    var ops = tokenEmbedding.ops();
    return ops.scope(() -> {
      var x = ops.add(ops.embedding(tokenEmbedding, ids), positionEmbedding);
      x = x.reshape(1, ids.length, config.hiddenSize());
      observer.on("text_layer.0", x);
      for (int i = 0; i < layers.size() - skip; i++) {
        x = layers.get(i).apply(x);
        observer.on("text_layer." + (i + 1), x);
      }
      return finalLayerNorm.apply(x);
    });
  }

  /// One transformer layer, normalising before each half.
  record Layer(
      LayerNorm layerNorm1,
      Linear qProj,
      Linear kProj,
      Linear vProj,
      Linear outProj,
      int heads,
      LayerNorm layerNorm2,
      Linear fc1,
      Linear fc2) {

    static Layer load(Params p, TextEncoderConfig c) {
      int width = c.hiddenSize();
      var attention = p.at("self_attn");
      return new Layer(
          LayerNorm.load(p.at("layer_norm1"), width, c.eps()),
          Linear.load(attention.at("q_proj"), width, width),
          Linear.load(attention.at("k_proj"), width, width),
          Linear.load(attention.at("v_proj"), width, width),
          Linear.load(attention.at("out_proj"), width, width),
          c.heads(),
          LayerNorm.load(p.at("layer_norm2"), width, c.eps()),
          Linear.load(p.at("mlp").at("fc1"), width, c.intermediateSize()),
          Linear.load(p.at("mlp").at("fc2"), c.intermediateSize(), width));
    }

    Tensor apply(Tensor x) { // [1,77,C]
      Ops ops = x.ops();
      return ops.scope(() -> {
        var h = layerNorm1.apply(x);
        h = ops.attention(qProj.apply(h), kProj.apply(h), vProj.apply(h), heads, true);
        var y = outProj.applyAdd(h, x);
        return fc2.applyAdd(fc1.applyQuickGelu(layerNorm2.apply(y)), y);
      });
    }
  }
}
