// SPDX-License-Identifier: Apache-2.0
package dev.hubble.vae;

import dev.hubble.kernels.Padding;
import dev.hubble.kernels.Tensor;
import dev.hubble.nn.Conv2d;
import dev.hubble.nn.GroupNorm;
import dev.hubble.nn.Linear;
import dev.hubble.nn.Observer;
import dev.hubble.nn.Params;
import dev.hubble.nn.ResnetBlock;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Turns a picture into the mean and the log-variance of its latents, an eighth as large.
///
/// ```
/// image ─ conv_in ─ down 0 (/2) ─ down 1 (/2) ─ down 2 (/2) ─ down 3 ─ mid ─ conv_norm_out ─ silu ─ conv_out ─ quant_conv
/// ```
public record VaeEncoder(
    VaeConfig config,
    Conv2d convIn,
    List<Level> downBlocks,
    MidBlock midBlock,
    GroupNorm convNormOut,
    Conv2d convOut,
    Linear quantConv) {

  /// Residual blocks at one resolution, then halving it, except at the coarsest.
  record Level(List<ResnetBlock> resnets, @Nullable Conv2d downsampler) {}

  /// Reads `quant_conv` and everything under `encoder`.
  public static VaeEncoder load(Params root, VaeConfig c) {
    var p = root.at("encoder");
    var levels = new ArrayList<Level>();
    int width = c.blockOutChannels().getFirst();
    for (int i = 0; i < c.levels(); i++) {
      var block = p.at("down_blocks").at(i);
      int out = c.blockOutChannels().get(i);
      var resnets = new ArrayList<ResnetBlock>();
      for (int k = 0; k < c.layersPerBlock(); k++) {
        resnets.add(
            ResnetBlock.load(
                block.at("resnets").at(k), width, out, c.groups(), VaeConfig.NORM_EPS));
        width = out;
      }
      boolean last = i == c.levels() - 1;
      levels.add(
          new Level(
              List.copyOf(resnets),
              last ? null : Conv2d.load(block.at("downsamplers").at(0).at("conv"), out, out)));
    }
    int moments = 2 * c.latentChannels();
    return new VaeEncoder(
        c,
        Conv2d.load(p.at("conv_in"), VaeConfig.IMAGE_CHANNELS, c.blockOutChannels().getFirst()),
        List.copyOf(levels),
        MidBlock.load(p.at("mid_block"), c),
        GroupNorm.load(p.at("conv_norm_out"), c.coarsest(), c.groups(), VaeConfig.NORM_EPS),
        Conv2d.load(p.at("conv_out"), c.coarsest(), moments),
        Linear.load(root.at("quant_conv"), moments, moments));
  }

  /// Encodes pixels `[N,8h,8w,3]` in -1..1 to `[N,h,w,8]`: four channels of mean, then four of
  /// log-variance (not clamped, not scaled).
  public Tensor apply(Tensor image, Observer observer) {
    var ops = convIn.ops();
    return ops.scope(() -> {
      var x = convIn.apply(image);
      for (int i = 0; i < downBlocks.size(); i++) {
        var from = x;
        var level = downBlocks.get(i);
        x = ops.scope(() -> down(level, from, observer));
        observer.on("encoder.down_blocks." + i, x);
      }
      x = midBlock.apply(x, observer);
      observer.on("encoder.mid_block", x);
      return quantConv.apply(convOut.apply(convNormOut.applySilu(x)));
    });
  }

  private static Tensor down(Level level, Tensor x, Observer observer) {
    for (var resnet : level.resnets()) {
      x = resnet.apply(x, null);
      observer.on(resnet.name(), x);
    }
    return level.downsampler() == null
        ? x
        : level.downsampler().downsample(x, Padding.BOTTOM_RIGHT);
  }
}
