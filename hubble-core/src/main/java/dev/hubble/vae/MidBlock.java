// SPDX-License-Identifier: Apache-2.0
package dev.hubble.vae;

import dev.hubble.kernels.Tensor;
import dev.hubble.nn.GroupNorm;
import dev.hubble.nn.Linear;
import dev.hubble.nn.Observer;
import dev.hubble.nn.Params;
import dev.hubble.nn.ResnetBlock;

/// The coarsest level, the same in encoder and decoder: two residual blocks around an attention
/// with a single head.
record MidBlock(ResnetBlock resnet0, Attention attention, ResnetBlock resnet1) {
  static MidBlock load(Params p, VaeConfig c) {
    int width = c.coarsest();
    return new MidBlock(
        ResnetBlock.load(p.at("resnets").at(0), width, width, c.groups(), VaeConfig.NORM_EPS),
        Attention.load(p.at("attentions").at(0), width, c.groups()),
        ResnetBlock.load(p.at("resnets").at(1), width, width, c.groups(), VaeConfig.NORM_EPS));
  }

  Tensor apply(Tensor x, Observer observer) {
    var h = resnet0.apply(x, null);
    observer.on(resnet0.name(), h);
    h = attention.apply(h);
    observer.on("attention", h);
    h = resnet1.apply(h, null);
    observer.on(resnet1.name(), h);
    return h;
  }

  /// `x + to_out(attention(group_norm(x)))`
  record Attention(GroupNorm groupNorm, Linear toQ, Linear toK, Linear toV, Linear toOut) {
    static Attention load(Params p, int width, int groups) {
      return new Attention(
          GroupNorm.load(p.at("group_norm"), width, groups, VaeConfig.NORM_EPS),
          Linear.load(p.at("to_q"), width, width),
          Linear.load(p.at("to_k"), width, width),
          Linear.load(p.at("to_v"), width, width),
          Linear.load(p.at("to_out").at(0), width, width));
    }

    Tensor apply(Tensor x) { // [N,h,w,C]
      var ops = x.ops();
      return ops.scope(() -> {
        int n = x.dim(0);
        int pixels = x.dim(1) * x.dim(2);
        int c = x.dim(3);
        var tokens = groupNorm.apply(x).reshape(n, pixels, c);
        var heard =
            ops.attention(toQ.apply(tokens), toK.apply(tokens), toV.apply(tokens), 1, false);
        return toOut.applyAdd(heard.reshape(n, x.dim(1), x.dim(2), c), x);
      });
    }
  }
}
