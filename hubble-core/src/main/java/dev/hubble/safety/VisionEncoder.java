// SPDX-License-Identifier: Apache-2.0
package dev.hubble.safety;

import dev.hubble.clip.ClipLayer;
import dev.hubble.kernels.Tensor;
import dev.hubble.nn.LayerNorm;
import dev.hubble.nn.Linear;
import dev.hubble.nn.Params;
import java.util.List;
import java.util.stream.IntStream;

/// CLIP's image transformer (Radford et al., 2021, arXiv:2103.00020, after Dosovitskiy et al.,
/// 2020, arXiv:2010.11929): a picture is cut into patches, which are the words of its sentence.
///
/// ```
/// patches ─ patch embedding ─ class token in front ─ + positions ─ norm ─ 24 layers ─ class token ─ norm
/// ```
///
/// @param patchEmbedding a convolution whose stride is its size: one linear layer for each patch
/// @param classEmbedding `[C]`, the token that ends up saying what the picture is
/// @param positionEmbedding `[1+patches,C]`
public record VisionEncoder(
    SafetyConfig config,
    Linear patchEmbedding,
    Tensor classEmbedding,
    Tensor positionEmbedding,
    LayerNorm preLayrnorm,
    List<ClipLayer> layers,
    LayerNorm postLayernorm) {

  static VisionEncoder load(Params p, SafetyConfig c) {
    var embeddings = p.at("embeddings");
    int width = c.hiddenSize();
    return new VisionEncoder(
        c,
        new Linear(
            p.ops(),
            embeddings.at("patch_embedding").patches("weight", width, 3, c.patchSize()),
            null),
        embeddings.vector("class_embedding", width),
        embeddings.at("position_embedding").table("weight", c.patches() * c.patches() + 1, width),
        // The checkpoint spells it like this.
        LayerNorm.load(p.at("pre_layrnorm"), width, c.eps()),
        IntStream.range(0, c.layers())
            .mapToObj(i ->
                ClipLayer.load(
                    p.at("encoder").at("layers").at(i),
                    width,
                    c.intermediateSize(),
                    c.heads(),
                    c.eps()))
            .toList(),
        LayerNorm.load(p.at("post_layernorm"), width, c.eps()));
  }

  /// What the picture is: `pixels` `[patches,3·p·p]`, each patch as its filter has it, to `[1,C]`.
  Tensor apply(Tensor pixels) {
    var ops = pixels.ops();
    int width = config.hiddenSize();
    return ops.scope(() -> {
      var tokens = ops.batch(classEmbedding.reshape(1, width), patchEmbedding.apply(pixels));
      tokens = ops.add(tokens, positionEmbedding);
      var x = preLayrnorm.apply(tokens.reshape(1, tokens.dim(0), width));
      for (var layer : layers) {
        x = layer.apply(x, false);
      }
      var first = ops.slice(x.reshape(x.dim(1), width), 0, 1);
      return postLayernorm.apply(first);
    });
  }
}
