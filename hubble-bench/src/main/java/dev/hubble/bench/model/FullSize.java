// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.model;

import dev.hubble.clip.TextEncoder;
import dev.hubble.clip.TextEncoderConfig;
import dev.hubble.kernels.Ops;
import dev.hubble.model.Config;
import dev.hubble.nn.Params;
import dev.hubble.unet.UNet;
import dev.hubble.unet.UNetConfig;
import dev.hubble.vae.VaeConfig;
import dev.hubble.vae.VaeDecoder;

/// The networks of Stable Diffusion v1.4 in full size, with the weights of [FormulaWeights].
public final class FullSize {
  /// v1.4's sizes are the defaults of every key.
  private static final Config V1 = Config.parse("v1.4", "{}");

  private FullSize() {}

  public static TextEncoder textEncoder(Ops ops) {
    var params = Params.of(FormulaWeights.textEncoder(), ops);
    var encoder = TextEncoder.load(params, TextEncoderConfig.of(V1));
    params.finish();
    return encoder;
  }

  public static UNet unet(Ops ops) {
    var params = Params.of(FormulaWeights.unet(), ops);
    var unet = UNet.load(params, UNetConfig.of(V1));
    params.finish();
    return unet;
  }

  public static VaeDecoder vaeDecoder(Ops ops) {
    var params = Params.of(FormulaWeights.vae(), ops);
    var decoder = VaeDecoder.load(params.side(64), VaeConfig.of(V1));
    params.finish("decoder", "post_quant_conv");
    return decoder;
  }
}
