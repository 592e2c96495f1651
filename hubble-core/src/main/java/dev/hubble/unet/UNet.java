// SPDX-License-Identifier: Apache-2.0
package dev.hubble.unet;

import static java.util.Objects.requireNonNull;

import dev.hubble.kernels.Padding;
import dev.hubble.kernels.Tensor;
import dev.hubble.nn.Conv2d;
import dev.hubble.nn.GroupNorm;
import dev.hubble.nn.Observer;
import dev.hubble.nn.Params;
import dev.hubble.nn.ResnetBlock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/// Predicts the noise in latents: `ε(x, t, prompt)` (Ronneberger et al., 2015, arXiv:1505.04597,
/// with the attention of Rombach et al., 2021, arXiv:2112.10752).
///
/// ```
/// conv_in ─ down 0 ─────────── skips ─────────── up 3 ─ conv_norm_out ─ silu ─ conv_out
///             └ down 1 ─────── skips ─────── up 2 ┘
///                 └ down 2 ─── skips ─── up 1 ┘
///                     └ down 3 ─ mid ─ up 0 ┘
/// ```
public record UNet(
    UNetConfig config,
    Conv2d convIn,
    TimeEmbedding timeEmbedding,
    List<Stage> downBlocks,
    Mid midBlock,
    List<Stage> upBlocks,
    GroupNorm convNormOut,
    Conv2d convOut) {

  /// The bottom of the U.
  public record Mid(ResnetBlock resnet0, SpatialTransformer attention, ResnetBlock resnet1) {}

  /// One evaluation: which step of the run it is, and who looks on.
  record Call(Constants constants, int index, Observer observer) {
    Tensor time(ResnetBlock block, int images) {
      return constants.time(block, index, images);
    }
  }

  public static UNet load(Params root, UNetConfig c) {
    var p = root.side(c.sampleSize());
    var widths = c.blockOutChannels();
    int coarsest = widths.getLast();
    var skips = new ArrayDeque<Integer>(); // widths of the skip connections, the last one on top
    skips.push(widths.getFirst());

    var down = new ArrayList<Stage>();
    for (int level = 0; level < c.levels(); level++) {
      boolean last = level == c.levels() - 1;
      int[] in = new int[c.layersPerBlock()];
      Arrays.fill(in, widths.get(level));
      in[0] = widths.get(Math.max(0, level - 1));
      down.add(
          Stage.load(
              p.at("down_blocks").at(level).side(side(c, level)),
              in,
              widths.get(level),
              c.downAttention().get(level),
              last ? "" : "downsamplers",
              c));
      for (int i = 0; i < in.length + (last ? 0 : 1); i++) {
        skips.push(widths.get(level));
      }
    }

    var up = new ArrayList<Stage>();
    int width = coarsest;
    for (int i = 0; i < c.levels(); i++) {
      int out = widths.get(c.levels() - 1 - i);
      int[] in = new int[c.layersPerBlock() + 1];
      for (int k = 0; k < in.length; k++) {
        in[k] = width + skips.pop();
        width = out;
      }
      up.add(
          Stage.load(
              p.at("up_blocks").at(i).side(side(c, c.levels() - 1 - i)),
              in,
              out,
              c.upAttention().get(i),
              i == c.levels() - 1 ? "" : "upsamplers",
              c));
    }

    var mid = p.at("mid_block").side(side(c, c.levels() - 1));
    return new UNet(
        c,
        Conv2d.load(p.at("conv_in"), c.inChannels(), widths.getFirst()),
        TimeEmbedding.load(p.at("time_embedding"), widths.getFirst(), c.timeWidth()),
        List.copyOf(down),
        new Mid(
            ResnetBlock.load(
                mid.at("resnets").at(0), coarsest, coarsest, c.timeWidth(), c.groups(), c.eps()),
            SpatialTransformer.load(mid.at("attentions").at(0), coarsest, c),
            ResnetBlock.load(
                mid.at("resnets").at(1), coarsest, coarsest, c.timeWidth(), c.groups(), c.eps())),
        List.copyOf(up),
        GroupNorm.load(p.at("conv_norm_out"), widths.getFirst(), c.groups(), c.eps()),
        Conv2d.load(p.at("conv_out"), widths.getFirst(), c.outChannels()));
  }

  /// How large the images of a level are at the size that the model was trained at.
  private static int side(UNetConfig c, int level) {
    return Math.ceilDiv(c.sampleSize(), 1 << level);
  }

  /// Computes what does not change over a run: `text` `[N,77,D]` is the prompt of every image of
  /// the batch, `timesteps` the time of every call.
  public Constants prepare(Tensor text, float[] timesteps) {
    var constants = new Constants();
    var embedding = convIn.ops().silu(timeEmbedding.apply(timesteps)); // [steps,width]
    Stream.concat(
            Stream.of(midBlock.resnet0, midBlock.resnet1),
            stages().flatMap(stage -> stage.resnets().stream()))
        .forEach(
            block -> constants.put(block, requireNonNull(block.timeEmbProj()).apply(embedding)));
    Stream.concat(
            Stream.of(midBlock.attention), stages().flatMap(stage -> stage.attentions().stream()))
        .forEach(
            transformer -> constants.put(transformer, transformer.block().attn2().words(text)));
    return constants;
  }

  private Stream<Stage> stages() {
    return Stream.concat(downBlocks.stream(), upBlocks.stream());
  }

  /// Predicts the noise in `latents` `[N,h,w,4]` at call `index` of the run that `constants` were
  /// prepared for, with a prompt for each image of N, or of k·N for k copies of the latents one
  /// after the other: what the copies have in common is computed once.
  public Tensor apply(Tensor latents, Constants constants, int index, Observer observer) {
    var ops = convIn.ops();
    var call = new Call(constants, index, observer);
    return ops.scope(() -> {
      var skips = new ArrayDeque<Tensor>();
      var x = convIn.apply(latents);
      observer.on("conv_in", x);
      skips.push(x);

      for (var stage : downBlocks) {
        for (int i = 0; i < stage.resnets().size(); i++) {
          x = stage.apply(i, x, call);
          skips.push(x);
        }
        if (stage.resample() != null) {
          x = stage.resample().downsample(x, Padding.SAME);
          observer.on(stage.name() + ".downsamplers.0", x);
          skips.push(x);
        }
        observer.on(stage.name(), x);
      }

      x = midBlock.resnet0.apply(x, call.time(midBlock.resnet0, x.dim(0)));
      x = midBlock.attention.apply(x, constants.words(midBlock.attention), observer);
      x = midBlock.resnet1.apply(x, call.time(midBlock.resnet1, x.dim(0)));
      observer.on("mid_block", x);

      for (var stage : upBlocks) {
        for (int i = 0; i < stage.resnets().size(); i++) {
          x = stage.apply(i, x, skips.pop(), call);
        }
        if (stage.resample() != null) {
          // As large as the next skip connection: sizes that do not halve evenly were rounded up on
          // the way down.
          var next = skips.getFirst();
          x = stage.resample().upsample(x, next.dim(1), next.dim(2));
          observer.on(stage.name() + ".upsamplers.0", x);
        }
        observer.on(stage.name(), x);
      }

      x = convNormOut.applySilu(x);
      observer.on("conv_norm_out+silu", x);
      x = convOut.apply(x);
      observer.on("conv_out", x);
      return x; // [k·N,h,w,4]
    });
  }
}
