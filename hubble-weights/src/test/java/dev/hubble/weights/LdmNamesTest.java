// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

class LdmNamesTest {
  /// The names that diffusers gives the tensors of v1.4.
  static List<String> diffusersNames(String component) {
    String resource = "/" + component + "_head_shapes.json";
    try (InputStream in =
        Objects.requireNonNull(LdmNamesTest.class.getResourceAsStream(resource), resource)) {
      return List.copyOf(JsonMapper.shared().readTree(in).propertyNames());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void assertOneToOne(
      List<String> names, UnaryOperator<String> toLdm, NameMap fromLdm, int count) {
    Map<String, String> found = new LinkedHashMap<>();
    for (String name : names) {
      String ldm = toLdm.apply(name);
      assertThat(fromLdm.canonical(ldm)).as(ldm).isEqualTo(name);
      found.put(ldm, name);
    }
    assertThat(found).hasSize(count);
  }

  @Test
  void all686NamesOfTheUnetAreFound() {
    assertOneToOne(diffusersNames("unet"), LdmSpelling::unet, LdmNames::unet, 686);
  }

  @Test
  void all248NamesOfTheVaeAreFound() {
    assertOneToOne(diffusersNames("vae"), LdmSpelling::vae, LdmNames::vae, 248);
    assertOneToOne(
        diffusersNames("vae"),
        name -> "vae." + LdmSpelling.vae(name).substring("first_stage_model.".length()),
        LdmNames::vae,
        248);
  }

  @ParameterizedTest
  @CsvSource({
    "time_embed.0.weight, time_embedding.linear_1.weight",
    "time_embed.2.bias, time_embedding.linear_2.bias",
    "input_blocks.0.0.weight, conv_in.weight",
    "input_blocks.1.0.in_layers.0.weight, down_blocks.0.resnets.0.norm1.weight",
    "input_blocks.3.0.op.bias, down_blocks.0.downsamplers.0.conv.bias",
    "input_blocks.8.1.proj_in.weight, down_blocks.2.attentions.1.proj_in.weight",
    "input_blocks.11.0.out_layers.3.weight, down_blocks.3.resnets.1.conv2.weight",
    "middle_block.0.emb_layers.1.weight, mid_block.resnets.0.time_emb_proj.weight",
    "middle_block.1.norm.bias, mid_block.attentions.0.norm.bias",
    "middle_block.2.out_layers.0.bias, mid_block.resnets.1.norm2.bias",
    "output_blocks.2.1.conv.weight, up_blocks.0.upsamplers.0.conv.weight",
    "output_blocks.5.2.conv.bias, up_blocks.1.upsamplers.0.conv.bias",
    "output_blocks.8.0.skip_connection.weight, up_blocks.2.resnets.2.conv_shortcut.weight",
    "output_blocks.11.1.proj_out.weight, up_blocks.3.attentions.2.proj_out.weight",
    "out.0.weight, conv_norm_out.weight",
    "out.2.bias, conv_out.bias"
  })
  void namesOfTheUnetAsTheyAreInPublishedFiles(String ldm, String diffusers) {
    assertThat(LdmNames.unet("model.diffusion_model." + ldm)).isEqualTo(diffusers);
  }

  @ParameterizedTest
  @CsvSource({
    "decoder.up.3.block.0.conv1.weight, decoder.up_blocks.0.resnets.0.conv1.weight",
    "decoder.up.0.block.2.norm2.bias, decoder.up_blocks.3.resnets.2.norm2.bias",
    "decoder.up.1.upsample.conv.bias, decoder.up_blocks.2.upsamplers.0.conv.bias",
    "encoder.down.1.block.0.nin_shortcut.bias, encoder.down_blocks.1.resnets.0.conv_shortcut.bias",
    "encoder.down.2.downsample.conv.weight, encoder.down_blocks.2.downsamplers.0.conv.weight",
    "decoder.mid.block_2.norm1.weight, decoder.mid_block.resnets.1.norm1.weight",
    "encoder.mid.attn_1.proj_out.weight, encoder.mid_block.attentions.0.to_out.0.weight",
    "encoder.norm_out.weight, encoder.conv_norm_out.weight",
    "post_quant_conv.bias, post_quant_conv.bias"
  })
  void namesOfTheVaeAsTheyAreInPublishedFiles(String ldm, String diffusers) {
    assertThat(LdmNames.vae("first_stage_model." + ldm)).isEqualTo(diffusers);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "text_model."})
  void theTextEncoderMayLackItsInnerPrefix(String prefix) {
    String name = "cond_stage_model.transformer." + prefix + "final_layer_norm.weight";
    assertThat(LdmNames.textEncoder(name)).isEqualTo("text_model.final_layer_norm.weight");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "betas",
        "alphas_cumprod",
        "posterior_mean_coef1",
        "logvar",
        "model_ema.decay",
        "model_ema.num_updates",
        "model_ema.diffusion_modelinput_blocks00weight",
        "first_stage_model.loss.discriminator.main.0.weight",
        "cond_stage_model.transformer.text_model.embeddings.position_ids",
        "embedding_manager.string_to_param_dict.*"
      })
  void whatIsNoPartOfTheNetworksIsIgnored(String name) {
    assertThat(LdmNames.unet(name)).isNull();
    assertThat(LdmNames.vae(name)).isNull();
    assertThat(LdmNames.textEncoder(name)).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "label_emb.0.0.weight",
        "input_blocks.0.0.op.weight",
        "input_blocks.3.1.proj_in.weight",
        "input_blocks.4.2.norm.weight",
        "output_blocks.0.2.norm.weight",
        "middle_block.0.norm.weight",
        "out.1.weight",
        "input_blocks.99999999999.0.op.bias"
      })
  void unknownNamesComeBackToBeComplainedAbout(String name) {
    assertThat(LdmNames.unet("model.diffusion_model." + name)).isEqualTo(name);
  }

  @Test
  void theMovingAverageIsFoundByTheNamesOfTheWeights() {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    for (String name : diffusersNames("unet")) {
      String ldm = LdmSpelling.unet(name);
      String ema = "model_ema." + ldm.substring("model.".length()).replace(".", "");
      tensors.put(ldm, MemoryTensors.of(ldm, new float[] {1}, 1));
      tensors.put(ema, MemoryTensors.of(ema, new float[] {2}, 1));
    }
    TensorStore store = new MadeStore("made", tensors);
    TensorStore ema = store.renamed(LdmNames.ema(store));
    assertThat(ema.names()).containsExactlyInAnyOrderElementsOf(diffusersNames("unet"));
    assertThat(Made.floats(Made.tensor(ema, "conv_in.weight"))).containsExactly(2);
    tensors.keySet().removeIf(name -> name.startsWith("model_ema."));
    Made.fails(() -> LdmNames.ema(store), "made", "moving average");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void anyNameAtAllIsMappedOrComesBack(long seed) {
    Random random = new Random(seed);
    List<String> names = new ArrayList<>();
    diffusersNames("unet").forEach(name -> names.add(LdmSpelling.unet(name)));
    diffusersNames("vae").forEach(name -> names.add(LdmSpelling.vae(name)));
    String alphabet = "0123456789._abdeiklmnoprstuwx\n\u00e9";
    TreeSet<String> kinds = new TreeSet<>();
    for (long run = Fuzz.runs(8_000); run > 0; run--) {
      StringBuilder name = new StringBuilder(names.get(random.nextInt(names.size())));
      for (int change = random.nextInt(4); change >= 0; change--) {
        int at = random.nextInt(name.length());
        switch (random.nextInt(3)) {
          case 0 -> name.setCharAt(at, alphabet.charAt(random.nextInt(alphabet.length())));
          case 1 -> name.insert(at, alphabet.charAt(random.nextInt(alphabet.length())));
          default -> name.delete(at, Math.min(name.length(), at + 1 + random.nextInt(9)));
        }
        name.append(name.isEmpty() ? "x" : "");
      }
      String stored = name.toString();
      for (NameMap map : List.<NameMap>of(LdmNames::unet, LdmNames::vae, LdmNames::textEncoder)) {
        String canonical = map.canonical(stored);
        kinds.add(canonical == null ? "none" : "some");
        assertThat(canonical == null || !canonical.startsWith("model.diffusion_model.input"))
            .as(stored)
            .isTrue();
      }
    }
    assertThat(kinds).containsExactly("none", "some");
  }
}
