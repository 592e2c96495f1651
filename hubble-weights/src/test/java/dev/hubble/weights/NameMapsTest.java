// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NameMapsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "embeddings.token_embedding.weight",
        "embeddings.position_embedding.weight",
        "encoder.layers.11.self_attn.q_proj.bias",
        "final_layer_norm.weight"
      })
  void theTextEncoderHasItsPrefixOnceWhetherStoredWithItOrNot(String bare) {
    assertThat(NameMaps.textEncoder(bare)).isEqualTo("text_model." + bare);
    assertThat(NameMaps.textEncoder("text_model." + bare)).isEqualTo("text_model." + bare);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "text_model.embeddings.position_ids",
        "embeddings.position_ids",
        "text_projection.weight",
        "logit_scale",
        "visual_projection.weight",
        "vision_model.embeddings.class_embedding",
        "vision_model.encoder.layers.0.mlp.fc1.weight"
      })
  void whatIsNoPartOfTheTextEncoderIsIgnored(String name) {
    assertThat(NameMaps.textEncoder(name)).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "lm_head.weight",
        "text_model.encoder.position_ids",
        "a.vision_model.x",
        "embeddings"
      })
  void unknownNamesOfTheTextEncoderStay(String name) {
    assertThat(NameMaps.textEncoder(name)).isEqualTo(name);
  }

  @ParameterizedTest
  @CsvSource({
    "norm, group_norm",
    "q, to_q",
    "k, to_k",
    "v, to_v",
    "proj_out, to_out.0",
    "group_norm, group_norm",
    "query, to_q",
    "key, to_k",
    "value, to_v",
    "proj_attn, to_out.0",
    "to_q, to_q",
    "to_k, to_k",
    "to_v, to_v"
  })
  void theThreeSpellingsOfTheMiddleAttentionOfTheVaeAreOne(String part, String canonical) {
    for (String half : new String[] {"encoder", "decoder"}) {
      for (String kind : new String[] {"weight", "bias"}) {
        String expected = half + ".mid_block.attentions.0." + canonical + "." + kind;
        assertThat(NameMaps.vae(half + ".mid_block.attentions.0." + part + "." + kind))
            .isEqualTo(expected);
        assertThat(NameMaps.vae(half + ".mid.attn_1." + part + "." + kind)).isEqualTo(expected);
        assertThat(NameMaps.vae(expected)).isEqualTo(expected);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "encoder.conv_in.weight",
        "decoder.mid_block.resnets.0.norm1.weight",
        "decoder.mid_block.attentions.0.to_out.0.weight",
        "mid_block.attentions.0.norm.weight",
        "decoder.up_blocks.0.attentions.0.query.weight",
        "decoder.mid_block.attentions.0.query",
        "x.decoder.mid_block.attentions.0.query.weight",
        "decoder.mid_block.attentions.0.query.weight\n",
        "quant_conv.bias"
      })
  void nothingElseInTheVaeIsRenamed(String name) {
    assertThat(NameMaps.vae(name)).isEqualTo(name);
  }

  @Test
  void theUnetHasOneSpelling() {
    assertThat(NameMaps.unet("mid_block.attentions.0.proj_out.weight"))
        .isEqualTo("mid_block.attentions.0.proj_out.weight");
  }
}
