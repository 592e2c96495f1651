// SPDX-License-Identifier: Apache-2.0
package dev.hubble.unet;

import dev.hubble.kernels.Tensor;
import dev.hubble.nn.Linear;
import dev.hubble.nn.Params;

/// Every pixel asks every word of the prompt. This is the only place where the text enters the
/// UNet.
public record CrossAttention(Linear toQ, Linear toK, Linear toV, Linear toOut, int heads) {
  public static CrossAttention load(Params p, int channels, int textWidth, int heads) {
    return new CrossAttention(
        Linear.withoutBias(p.at("to_q"), channels, channels),
        Linear.withoutBias(p.at("to_k"), textWidth, channels),
        Linear.withoutBias(p.at("to_v"), textWidth, channels),
        Linear.load(p.at("to_out").at(0), channels, channels),
        heads);
  }

  /// The prompt's keys and values, `[N,77,C]` each: the same at every step, so computed once.
  public record Words(Tensor keys, Tensor values) {
    /// For how many images.
    int images() {
      return keys.dim(0);
    }
  }

  /// Prepares a prompt, `[N,77,textWidth]`.
  public Words words(Tensor text) {
    return new Words(toK.apply(text), toV.apply(text));
  }

  /// `attention(x, words) + residual`
  public Tensor applyAdd(Tensor x, Words words, Tensor residual) { // [N,L,C]
    var heard = toQ.ops().attention(toQ.apply(x), words.keys, words.values, heads, false);
    return toOut.applyAdd(heard, residual);
  }
}
