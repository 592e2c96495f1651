// SPDX-License-Identifier: Apache-2.0
package dev.hubble.unet;

import dev.hubble.kernels.Tensor;
import dev.hubble.nn.GroupNorm;
import dev.hubble.nn.Linear;
import dev.hubble.nn.Observer;
import dev.hubble.nn.Params;

/// Lets every pixel look at every other pixel, then at every word of the prompt, then think: the
/// transformer that steers the UNet (Rombach et al., 2021, arXiv:2112.10752, section 3.3).
public record SpatialTransformer(
    String name, GroupNorm norm, Linear projIn, TransformerBlock block, Linear projOut) {

  /// The group norm here has another epsilon than those of the residual blocks.
  private static final float NORM_EPS = 1e-6f;

  public static SpatialTransformer load(Params p, int channels, UNetConfig c) {
    return new SpatialTransformer(
        p.path(),
        GroupNorm.load(p.at("norm"), channels, c.groups(), NORM_EPS),
        Linear.load(p.at("proj_in"), channels, channels),
        TransformerBlock.load(p.at("transformer_blocks").at(0), channels, c),
        Linear.load(p.at("proj_out"), channels, channels));
  }

  /// Runs it; `words` are this transformer's keys and values of the prompt, for a multiple of the
  /// images of `x`.
  public Tensor apply(Tensor x, CrossAttention.Words words, Observer observer) { // [N,H,W,C]
    return projIn
        .ops()
        .scope(() -> {
          int h = x.dim(1);
          int w = x.dim(2);
          int c = x.dim(3);
          var tokens = projIn.apply(norm.apply(x)).reshape(x.dim(0), h * w, c);
          observer.on(name + ".proj_in", tokens);
          tokens = block.apply(tokens, words, observer);
          int n = words.images();
          return projOut.applyAdd(tokens.reshape(n, h, w, c), Repeat.to(n, x));
        });
  }
}
