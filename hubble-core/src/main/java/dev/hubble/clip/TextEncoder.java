// SPDX-License-Identifier: Apache-2.0
package dev.hubble.clip;

import dev.hubble.kernels.Tensor;
import dev.hubble.nn.LayerNorm;
import dev.hubble.nn.Observer;
import dev.hubble.nn.Params;
import dev.hubble.nn.RowTable;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// CLIP's text transformer (Radford et al., 2021, arXiv:2103.00020): 77 token ids become 77 vectors
/// that say what each token means after all that stands before it.
///
/// ```
/// ids ─ token embedding + position embedding ─ 12 x [ x + attn(norm1(x)), x + mlp(norm2(x)) ] ─ final norm
/// ```
public record TextEncoder(
    TextEncoderConfig config,
    RowTable tokenEmbedding,
    Tensor positionEmbedding,
    List<ClipLayer> layers,
    LayerNorm finalLayerNorm) {

  /// Reads the weights under `text_model`.
  public static TextEncoder load(Params root, TextEncoderConfig c) {
    var p = root.at("text_model");
    var embeddings = p.at("embeddings");
    return new TextEncoder(
        c,
        embeddings.at("token_embedding").rowTable("weight", c.vocabSize(), c.hiddenSize()),
        embeddings.at("position_embedding").table("weight", c.positions(), c.hiddenSize()),
        IntStream.range(0, c.layers())
            .mapToObj(i ->
                ClipLayer.load(
                    p.at("encoder").at("layers").at(i),
                    c.hiddenSize(),
                    c.intermediateSize(),
                    c.heads(),
                    c.eps()))
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
    return apply(ids, LearnedWords.NONE, skip, null, observer);
  }

  /// The same for a text that may hold learned words, and in which nobody sees the tokens that are
  /// `hidden`.
  ///
  /// @param hidden `[77]`; null for none. The first token cannot be
  public Tensor apply(
      int[] ids, LearnedWords words, int skip, boolean @Nullable [] hidden, Observer observer) {
    var ops = positionEmbedding.ops();
    return ops.scope(() -> {
      var x =
          ops.add(
              ops.upload(embed(ids, words), ids.length, config.hiddenSize()), positionEmbedding);
      x = x.reshape(1, ids.length, config.hiddenSize());
      observer.on("text_layer.0", x);
      for (int i = 0; i < layers.size() - skip; i++) {
        x = layers.get(i).applyCausal(x, hidden);
        observer.on("text_layer." + (i + 1), x);
      }
      return finalLayerNorm.apply(x);
    });
  }

  /// Looks up the tokens, each in the table that has it: `[77,C]`.
  private float[] embed(int[] ids, LearnedWords words) {
    int width = config.hiddenSize();
    float[] vectors = new float[ids.length * width];
    for (int i = 0; i < ids.length; i++) {
      if (words.has(ids[i])) {
        System.arraycopy(words.vector(ids[i]), 0, vectors, i * width, width);
      } else {
        tokenEmbedding.read(ids[i], vectors, i * width);
      }
    }
    return vectors;
  }
}
