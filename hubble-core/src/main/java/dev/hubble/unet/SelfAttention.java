// SPDX-License-Identifier: Apache-2.0
package dev.hubble.unet;

import dev.hubble.kernels.Tensor;
import dev.hubble.nn.Linear;
import dev.hubble.nn.Params;

/// Every pixel asks every other pixel.
public record SelfAttention(Linear toQ, Linear toK, Linear toV, Linear toOut, int heads) {
  public static SelfAttention load(Params p, int channels, int heads) {
    return new SelfAttention(
        Linear.withoutBias(p.at("to_q"), channels, channels),
        Linear.withoutBias(p.at("to_k"), channels, channels),
        Linear.withoutBias(p.at("to_v"), channels, channels),
        Linear.load(p.at("to_out").at(0), channels, channels),
        heads);
  }

  /// `attention(x) + residual`
  public Tensor applyAdd(Tensor x, Tensor residual) { // [N,L,C]
    var heard = toQ.ops().attention(toQ.apply(x), toK.apply(x), toV.apply(x), heads, false);
    return toOut.applyAdd(heard, residual);
  }
}
