// SPDX-License-Identifier: Apache-2.0
package dev.hubble.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubble.HubAccess;
import dev.hubble.Hubble;
import dev.hubble.HubbleException;
import dev.hubble.LoadOptions;
import dev.hubble.weights.MemoryTensors;
import dev.hubble.weights.Safetensors;
import dev.hubble.weights.SafetensorsWriter;
import dev.hubble.weights.StoredTensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Models that are not what they should be: each gets one sentence that names the file, and the key
/// or the tensor.
class BrokenModelsTest {
  @TempDir Path folder;

  @BeforeEach
  void copyAWholeModel() throws IOException, URISyntaxException {
    var source =
        Path.of(Objects.requireNonNull(getClass().getResource("/reference/tiny-sd")).toURI());
    try (var files = Files.walk(source)) {
      for (var file : files.toList()) {
        var target = folder.resolve(source.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target);
        }
      }
    }
  }

  private void assertRefused(String... parts) {
    assertThatThrownBy(() -> Hubble.load(folder.toString(), new LoadOptions("cpu", 1)).close())
        .isInstanceOf(HubbleException.Model.class)
        .satisfies(e -> {
          assertThat(e.getMessage()).contains(parts).doesNotContain("\n").endsWith(".");
          assertThat(e.getMessage())
              .doesNotContainPattern("\\bnull\\b(?!')")
              .doesNotContain("Exception");
        });
  }

  private void edit(String file, String from, String to) {
    try {
      var path = folder.resolve(file);
      var text = Files.readString(path);
      assertThat(text).contains(from);
      Files.writeString(path, text.replace(from, to));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aWholeModelLoads() {
    assertLoads();
  }

  private void assertLoads() {
    try (var hubble = Hubble.load(folder.toString(), new LoadOptions("cpu", 1))) {
      assertThat(hubble.info().components()).hasSize(3);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "unet/config.json",
        "vae/config.json",
        "text_encoder/config.json",
        "scheduler/scheduler_config.json",
        "unet/diffusion_pytorch_model.safetensors",
        "vae/diffusion_pytorch_model.safetensors",
        "text_encoder/model.safetensors",
        "tokenizer/tokenizer.json",
        "model_index.json",
      })
  void aMissingFileIsNamed(String file) throws IOException {
    Files.delete(folder.resolve(file));
    assertRefused(file.substring(file.lastIndexOf('/') + 1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "unet/config.json",
        "vae/config.json",
        "text_encoder/config.json",
        "scheduler/scheduler_config.json",
        "tokenizer/tokenizer.json",
        "tokenizer/tokenizer_config.json",
        "model_index.json",
      })
  void brokenJsonIsNamed(String file) throws IOException {
    var path = folder.resolve(file);
    Files.writeString(path, Files.readString(path).substring(0, 40));
    assertRefused(file.substring(file.lastIndexOf('/') + 1));
    Files.writeString(path, "[1, 2]");
    assertRefused(file.substring(file.lastIndexOf('/') + 1));
    Files.writeString(path, "");
    assertRefused(file.substring(file.lastIndexOf('/') + 1));
    Files.write(path, new byte[] {(byte) 0xff, (byte) 0xfe, 0, 0x7b});
    assertRefused(file.substring(file.lastIndexOf('/') + 1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "model_index.json|\"StableDiffusionPipeline\"|\"StableDiffusionXLPipeline\"|SDXL",
        "model_index.json|\"StableDiffusionPipeline\"|\"FluxPipeline\"|FluxPipeline",
        "model_index.json|\"UNet2DConditionModel\"|\"FluxTransformer2DModel\"|FluxTransformer2DModel",
        "model_index.json|\"CLIPTextModel\"|\"CLIPTextModelWithProjection\"|text_encoder",
        "model_index.json|\"unet\"|\"transformer\"|unet",
        "unet/config.json|\"use_linear_projection\": false|\"use_linear_projection\": true|use_linear_projection",
        "unet/config.json|\"addition_embed_type\": null|\"addition_embed_type\": \"text_time\"|addition_embed_type",
        "unet/config.json|\"attention_head_dim\": 8|\"attention_head_dim\": [5, 10, 20, 20]|attention_head_dim",
        "unet/config.json|\"attention_head_dim\": 8|\"attention_head_dim\": 7|attention_head_dim",
        "unet/config.json|\"attention_head_dim\": 8|\"attention_head_dim\": 0|attention_head_dim",
        "unet/config.json|\"transformer_layers_per_block\": 1|\"transformer_layers_per_block\": [1, 2, 10]|transformer_layers_per_block",
        "unet/config.json|\"in_channels\": 4|\"in_channels\": 8|in_channels",
        "unet/config.json|\"cross_attention_dim\": 32|\"cross_attention_dim\": 1024|cross_attention_dim",
        "unet/config.json|\"norm_num_groups\": 32|\"norm_num_groups\": 24|norm_num_groups",
        "unet/config.json|\"norm_eps\": 1e-05|\"norm_eps\": \"small\"|norm_eps",
        "unet/config.json|\"layers_per_block\": 2|\"layers_per_block\": -2|layers_per_block",
        "unet/config.json|\"layers_per_block\": 2|\"layers_per_block\": 99999999999|layers_per_block",
        "unet/config.json|\"UNet2DConditionModel\"|\"UNet3DConditionModel\"|_class_name",
        "unet/config.json|\"act_fn\": \"silu\"|\"act_fn\": \"gelu\"|act_fn",
        "unet/config.json|\"DownBlock2D\"|\"AttnDownBlock2D\"|down_block_types",
        "vae/config.json|\"latent_channels\": 4|\"latent_channels\": 16|latent_channels",
        "vae/config.json|\"AutoencoderKL\"|\"AutoencoderTiny\"|_class_name",
        "vae/config.json|\"shift_factor\": null|\"shift_factor\": 0.1|shift_factor",
        "vae/config.json|\"scaling_factor\": 0.18215|\"scaling_factor\": 0|scaling_factor",
        "text_encoder/config.json|\"quick_gelu\"|\"gelu\"|hidden_act",
        "text_encoder/config.json|\"num_attention_heads\": 4|\"num_attention_heads\": 5|num_attention_heads",
        "text_encoder/config.json|\"max_position_embeddings\": 77|\"max_position_embeddings\": 248|max_position_embeddings",
        "text_encoder/config.json|\"vocab_size\": 914|\"vocab_size\": 900|vocab_size",
        "scheduler/scheduler_config.json|\"PNDMScheduler\"|\"FlowMatchEulerDiscreteScheduler\"|_class_name",
        "scheduler/scheduler_config.json|\"scaled_linear\"|\"sigmoid\"|beta_schedule",
        "scheduler/scheduler_config.json|\"epsilon\"|\"sample\"|prediction_type",
        "scheduler/scheduler_config.json|\"num_train_timesteps\": 1000|\"num_train_timesteps\": 0|num_train_timesteps",
      })
  void whatIsNotStableDiffusionV1IsNamed(String file, String from, String to, String key) {
    edit(file, from, to);
    assertRefused(file.substring(file.lastIndexOf('/') + 1), key);
  }

  private void rewrite(String file, java.util.function.Consumer<Map<String, StoredTensor>> change) {
    var path = folder.resolve(file);
    try (var store = Safetensors.open(path)) {
      Map<String, StoredTensor> tensors = new LinkedHashMap<>();
      store.names().forEach(n -> tensors.put(n, Objects.requireNonNull(store.find(n))));
      change.accept(tensors);
      SafetensorsWriter.write(path, tensors);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "unet/diffusion_pytorch_model.safetensors, mid_block.resnets.0.conv1.weight",
    "unet/diffusion_pytorch_model.safetensors, up_blocks.3.attentions.2.transformer_blocks.0.ff.net.2.bias",
    "vae/diffusion_pytorch_model.safetensors, decoder.conv_out.bias",
    "text_encoder/model.safetensors, final_layer_norm.weight",
  })
  void aMissingTensorIsNamed(String file, String tensor) {
    rewrite(file, tensors -> assertThat(tensors.remove(tensor)).isNotNull());
    assertRefused("lacks the tensor", tensor);
  }

  @ParameterizedTest
  @CsvSource({
    "unet/diffusion_pytorch_model.safetensors, conv_in.weight",
    "unet/diffusion_pytorch_model.safetensors, down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight",
    "vae/diffusion_pytorch_model.safetensors, post_quant_conv.weight",
    "text_encoder/model.safetensors, embeddings.token_embedding.weight",
  })
  void aMisshapenTensorIsNamedWithBothShapes(String file, String tensor) {
    rewrite(
        file,
        tensors ->
            assertThat(tensors.replace(tensor, MemoryTensors.of(tensor, new float[6], 2, 3)))
                .isNotNull());
    assertRefused(tensor, "[2, 3]");
  }

  @ParameterizedTest
  @CsvSource({
    "unet/diffusion_pytorch_model.safetensors, add_embedding.linear_1.weight",
    "vae/diffusion_pytorch_model.safetensors, decoder.up_blocks.4.resnets.0.norm1.weight",
    "text_encoder/model.safetensors, encoder.layers.3.layer_norm1.weight",
  })
  void anUnreadTensorIsNamed(String file, String tensor) {
    rewrite(file, tensors -> tensors.put(tensor, MemoryTensors.of(tensor, new float[6], 2, 3)));
    assertRefused("no place", tensor);
  }

  @Test
  void integerWeightsAreRefused() {
    rewrite(
        "vae/diffusion_pytorch_model.safetensors",
        tensors ->
            tensors.put(
                "decoder.conv_out.bias",
                MemoryTensors.of("decoder.conv_out.bias", new long[] {1, 2, 3}, 3)));
    assertRefused("decoder.conv_out.bias", "I64");
  }

  @Test
  void integerBuffersOfOldFilesAreSkipped() {
    rewrite(
        "text_encoder/model.safetensors",
        tensors ->
            tensors.put(
                "embeddings.position_ids",
                MemoryTensors.of("embeddings.position_ids", new long[77], 1, 77)));
    assertLoads();
  }

  @Test
  void aTruncatedWeightFileIsNamed() throws IOException {
    var path = folder.resolve("unet/diffusion_pytorch_model.safetensors");
    byte[] bytes = Files.readAllBytes(path);
    Files.write(path, java.util.Arrays.copyOf(bytes, bytes.length - 1));
    assertRefused("unet/diffusion_pytorch_model.safetensors");
  }

  @Test
  void weightsThatAreNotNumbersAreNamedAndNeverAPicture() {
    rewrite(
        "vae/diffusion_pytorch_model.safetensors",
        tensors ->
            tensors.put(
                "decoder.conv_out.bias",
                MemoryTensors.of("decoder.conv_out.bias", new float[] {0, Float.NaN, 0}, 3)));
    try (var hubble = Hubble.load(folder.toString(), new LoadOptions("cpu", 1))) {
      var request = dev.hubble.Request.of("x").steps(1).size(64, 64);
      assertThatThrownBy(() -> hubble.generate(request))
          .isInstanceOf(HubbleException.NotANumber.class)
          .hasMessageContaining("VAE decoder");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"no/such/folder", "Supermaxman/hubble-diffusion-1", "", "\0"})
  void whatIsNoModelIsSaid(String model) {
    var offline = HubAccess.DEFAULT.offline(true).cache(folder.resolve("cache"));
    assertThatThrownBy(() -> Hubble.load(model, LoadOptions.DEFAULT.hub(offline)))
        .isInstanceOf(HubbleException.Model.class);
  }

  @Test
  void aSingleFileIsSaid() {
    var file = folder.resolve("unet/diffusion_pytorch_model.safetensors").toString();
    assertThatThrownBy(() -> Hubble.load(file))
        .isInstanceOf(HubbleException.Model.class)
        .hasMessageContaining(file);
  }
}
