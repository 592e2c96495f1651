// SPDX-License-Identifier: Apache-2.0
package dev.hubble.vae;

import dev.hubble.kernels.Tensor;
import dev.hubble.nn.Chain;
import dev.hubble.nn.Conv2d;
import dev.hubble.nn.GroupNorm;
import dev.hubble.nn.Linear;
import dev.hubble.nn.Observer;
import dev.hubble.nn.Params;
import dev.hubble.nn.ResnetBlock;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Turns latents into a picture eight times as large (Kingma & Welling, 2013, arXiv:1312.6114;
/// Esser et al., 2020, arXiv:2012.09841).
///
/// ```
/// z/scale ─ post_quant_conv ─ conv_in ─ mid ─ up 0 (x2) ─ up 1 (x2) ─ up 2 (x2) ─ up 3 ─ conv_norm_out ─ silu ─ conv_out
/// ```
public record VaeDecoder(
    VaeConfig config,
    Linear postQuantConv,
    Conv2d convIn,
    MidBlock midBlock,
    List<Level> upBlocks,
    GroupNorm convNormOut,
    Conv2d convOut) {

  /// Residual blocks at one resolution, then doubling it, except at the finest.
  record Level(List<ResnetBlock> resnets, @Nullable Conv2d upsampler) {}

  /// Reads `post_quant_conv` and everything under `decoder`. A hint how large images are
  /// ([Params#side]) is about the latents.
  public static VaeDecoder load(Params root, VaeConfig c) {
    var p = root.at("decoder");
    var levels = new ArrayList<Level>();
    int width = c.coarsest();
    for (int i = 0; i < c.levels(); i++) {
      var block = p.at("up_blocks").at(i).side(p.side() << i);
      int out = c.blockOutChannels().get(c.levels() - 1 - i);
      var resnets = new ArrayList<ResnetBlock>();
      for (int k = 0; k <= c.layersPerBlock(); k++) {
        resnets.add(
            ResnetBlock.load(
                block.at("resnets").at(k), width, out, c.groups(), VaeConfig.NORM_EPS));
        width = out;
      }
      boolean last = i == c.levels() - 1;
      levels.add(
          new Level(
              List.copyOf(resnets),
              last ? null : Conv2d.loadUpsampling(upsampler(block), out, out)));
    }
    int finest = c.blockOutChannels().getFirst();
    return new VaeDecoder(
        c,
        Linear.load(root.at("post_quant_conv"), c.latentChannels(), c.latentChannels()),
        Conv2d.load(p.at("conv_in"), c.latentChannels(), c.coarsest()),
        MidBlock.load(p.at("mid_block"), c),
        List.copyOf(levels),
        GroupNorm.load(p.at("conv_norm_out"), finest, c.groups(), VaeConfig.NORM_EPS),
        Conv2d.load(
            p.at("conv_out").side(p.side() << (c.levels() - 1)), finest, VaeConfig.IMAGE_CHANNELS));
  }

  private static Params upsampler(Params block) {
    return block.at("upsamplers").at(0).at("conv").side(2 * block.side());
  }

  /// Decodes latents `[N,h,w,4]`, scaled as the UNet sees them, to pixels `[N,8h,8w,3]` between
  /// about -1 and 1.
  public Tensor apply(Tensor latents, Observer observer) {
    var ops = convIn.ops();
    return ops.scope(
        () -> decode(ops.weightedSum(new float[] {1 / config.scalingFactor()}, latents), observer));
  }

  private Tensor decode(Tensor z, Observer observer) {
    var layers = new ArrayList<UnaryOperator<Tensor>>();
    layers.add(postQuantConv::apply);
    layers.add(convIn::apply);
    layers.add(x -> midBlock.apply(x, observer));
    layers.add(x -> seen(observer, "decoder.mid_block", x));
    for (int i = 0; i < upBlocks.size(); i++) {
      var level = upBlocks.get(i);
      for (var resnet : level.resnets()) {
        layers.add(x -> seen(observer, resnet.name(), resnet.applyInPlace(x)));
      }
      var upsampler = level.upsampler();
      if (upsampler != null) {
        layers.add(x -> upsampler.upsample(x, 2 * x.dim(1), 2 * x.dim(2)));
      }
      var name = "decoder.up_blocks." + i;
      layers.add(x -> seen(observer, name, x));
    }
    layers.add(convNormOut::applySilu);
    layers.add(convOut::apply);
    return Chain.apply(convIn.ops(), z, layers);
  }

  private static Tensor seen(Observer observer, String name, Tensor x) {
    observer.on(name, x);
    return x;
  }
}
