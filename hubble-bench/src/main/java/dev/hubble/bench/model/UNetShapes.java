// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.model;

import java.util.ArrayDeque;

/// The UNet's weights.
final class UNetShapes {
  private static final int[] WIDTHS = {320, 640, 1280, 1280};
  private static final int TIME = 1280;
  private static final int TEXT = 768;

  private final Shapes s = new Shapes();

  private UNetShapes() {}

  static Shapes v1() {
    var unet = new UNetShapes();
    unet.add();
    return unet.s;
  }

  private void add() {
    s.conv("conv_in", 4, WIDTHS[0], 3);
    s.linear("time_embedding.linear_1", WIDTHS[0], TIME);
    s.linear("time_embedding.linear_2", TIME, TIME);

    var skips = new ArrayDeque<Integer>();
    skips.push(WIDTHS[0]);
    int width = WIDTHS[0];
    for (int level = 0; level < 4; level++) {
      var block = "down_blocks." + level;
      for (int i = 0; i < 2; i++) {
        s.resnet(block + ".resnets." + i, width, WIDTHS[level], TIME);
        width = WIDTHS[level];
        if (level < 3) {
          transformer(block + ".attentions." + i, width);
        }
        skips.push(width);
      }
      if (level < 3) {
        s.conv(block + ".downsamplers.0.conv", width, width, 3);
        skips.push(width);
      }
    }

    s.resnet("mid_block.resnets.0", width, width, TIME);
    transformer("mid_block.attentions.0", width);
    s.resnet("mid_block.resnets.1", width, width, TIME);

    for (int up = 0; up < 4; up++) {
      var block = "up_blocks." + up;
      int out = WIDTHS[3 - up];
      for (int i = 0; i < 3; i++) {
        s.resnet(block + ".resnets." + i, width + skips.pop(), out, TIME);
        width = out;
        if (up > 0) {
          transformer(block + ".attentions." + i, width);
        }
      }
      if (up < 3) {
        s.conv(block + ".upsamplers.0.conv", width, width, 3);
      }
    }
    s.norm("conv_norm_out", width);
    s.conv("conv_out", width, 4, 3);
  }

  private void transformer(String name, int width) {
    s.norm(name + ".norm", width);
    s.conv(name + ".proj_in", width, width, 1);
    var block = name + ".transformer_blocks.0";
    for (int i = 1; i <= 3; i++) {
      s.norm(block + ".norm" + i, width);
    }
    attention(block + ".attn1", width, width);
    attention(block + ".attn2", width, TEXT);
    s.linear(block + ".ff.net.0.proj", width, 8 * width);
    s.linear(block + ".ff.net.2", 4 * width, width);
    s.conv(name + ".proj_out", width, width, 1);
  }

  private void attention(String name, int width, int context) {
    s.tensor(name + ".to_q.weight", width, width);
    s.tensor(name + ".to_k.weight", width, context);
    s.tensor(name + ".to_v.weight", width, context);
    s.linear(name + ".to_out.0", width, width);
  }
}
