// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.model;

/// The text encoder's weights.
final class TextEncoderShapes {
  private static final int WIDTH = 768;
  private static final int LAYERS = 12;

  private TextEncoderShapes() {}

  static Shapes v1() {
    var s = new Shapes();
    s.tensor("text_model.embeddings.token_embedding.weight", 49408, WIDTH);
    s.tensor("text_model.embeddings.position_embedding.weight", 77, WIDTH);
    for (int i = 0; i < LAYERS; i++) {
      var layer = "text_model.encoder.layers." + i;
      s.norm(layer + ".layer_norm1", WIDTH);
      for (var projection : new String[] {"q_proj", "k_proj", "v_proj", "out_proj"}) {
        s.linear(layer + ".self_attn." + projection, WIDTH, WIDTH);
      }
      s.norm(layer + ".layer_norm2", WIDTH);
      s.linear(layer + ".mlp.fc1", WIDTH, 4 * WIDTH);
      s.linear(layer + ".mlp.fc2", 4 * WIDTH, WIDTH);
    }
    s.norm("text_model.final_layer_norm", WIDTH);
    return s;
  }
}
