// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.model;

/// The autoencoder's weights.
final class VaeShapes {
  private static final int[] WIDTHS = {128, 256, 512, 512};
  private static final int COARSEST = WIDTHS[3];

  private final Shapes s = new Shapes();

  private VaeShapes() {}

  static Shapes v1() {
    var vae = new VaeShapes();
    vae.encoder();
    vae.decoder();
    vae.s.conv("quant_conv", 8, 8, 1);
    vae.s.conv("post_quant_conv", 4, 4, 1);
    return vae.s;
  }

  private void encoder() {
    s.conv("encoder.conv_in", 3, WIDTHS[0], 3);
    int width = WIDTHS[0];
    for (int level = 0; level < 4; level++) {
      var block = "encoder.down_blocks." + level;
      width = resnets(block, 2, width, WIDTHS[level]);
      if (level < 3) {
        s.conv(block + ".downsamplers.0.conv", width, width, 3);
      }
    }
    middle("encoder.mid_block");
    s.norm("encoder.conv_norm_out", width);
    s.conv("encoder.conv_out", width, 8, 3);
  }

  private void decoder() {
    s.conv("decoder.conv_in", 4, COARSEST, 3);
    middle("decoder.mid_block");
    int width = COARSEST;
    for (int up = 0; up < 4; up++) {
      var block = "decoder.up_blocks." + up;
      width = resnets(block, 3, width, WIDTHS[3 - up]);
      if (up < 3) {
        s.conv(block + ".upsamplers.0.conv", width, width, 3);
      }
    }
    s.norm("decoder.conv_norm_out", width);
    s.conv("decoder.conv_out", width, 3, 3);
  }

  private int resnets(String block, int count, int in, int out) {
    for (int i = 0; i < count; i++) {
      s.resnet(block + ".resnets." + i, i == 0 ? in : out, out, 0);
    }
    return out;
  }

  private void middle(String block) {
    s.resnet(block + ".resnets.0", COARSEST, COARSEST, 0);
    var attention = block + ".attentions.0";
    s.norm(attention + ".group_norm", COARSEST);
    for (var projection : new String[] {"to_q", "to_k", "to_v", "to_out.0"}) {
      s.linear(attention + "." + projection, COARSEST, COARSEST);
    }
    s.resnet(block + ".resnets.1", COARSEST, COARSEST, 0);
  }
}
