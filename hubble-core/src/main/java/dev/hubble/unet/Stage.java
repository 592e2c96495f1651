// SPDX-License-Identifier: Apache-2.0
package dev.hubble.unet;

import dev.hubble.kernels.Tensor;
import dev.hubble.nn.Conv2d;
import dev.hubble.nn.Params;
import dev.hubble.nn.ResnetBlock;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One resolution on one side of the U: residual blocks, each followed by a transformer if the
/// level has attention, then a change of scale except at the end.
public record Stage(
    String name,
    List<ResnetBlock> resnets,
    List<SpatialTransformer> attentions,
    @Nullable Conv2d resample) {

  /// Reads a stage.
  ///
  /// @param in the width that each residual block reads
  /// @param out the width that all of them write
  /// @param resample `downsamplers`, `upsamplers` or empty
  static Stage load(Params p, int[] in, int out, boolean attention, String resample, UNetConfig c) {
    var resnets = new ArrayList<ResnetBlock>();
    var attentions = new ArrayList<SpatialTransformer>();
    for (int i = 0; i < in.length; i++) {
      resnets.add(
          ResnetBlock.load(p.at("resnets").at(i), in[i], out, c.timeWidth(), c.groups(), c.eps()));
      if (attention) {
        attentions.add(SpatialTransformer.load(p.at("attentions").at(i), out, c));
      }
    }
    return new Stage(
        p.path(),
        List.copyOf(resnets),
        List.copyOf(attentions),
        resample.isEmpty() ? null : resampler(p, resample, out));
  }

  /// Going down, a filter moves by two pixels, which only its plain form can; going up, it sees the
  /// image twice as large.
  private static Conv2d resampler(Params p, String resample, int width) {
    var conv = p.at(resample).at(0).at("conv");
    return resample.equals("upsamplers")
        ? Conv2d.loadUpsampling(conv.side(2 * p.side()), width, width)
        : Conv2d.load(conv.side(0), width, width);
  }

  /// Residual block `i` and its transformer.
  Tensor apply(int i, Tensor x, UNet.Call call) {
    return x.ops().scope(() -> run(i, x, call));
  }

  /// Residual block `i` and its transformer, on `x` with the skip connection beside it.
  Tensor apply(int i, Tensor x, Tensor skip, UNet.Call call) {
    var ops = x.ops();
    return ops.scope(() -> run(i, ops.concat(x, Repeat.to(x.dim(0), skip)), call));
  }

  private Tensor run(int i, Tensor x, UNet.Call call) {
    var block = resnets.get(i);
    var h = block.apply(x, call.time(block, x.dim(0)));
    call.observer().on(block.name(), h);
    if (attentions.isEmpty()) {
      return h;
    }
    var transformer = attentions.get(i);
    h = transformer.apply(h, call.constants().words(transformer), call.observer());
    call.observer().on(transformer.name(), h);
    return h;
  }
}
