// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What is a Stable Diffusion v1 model in one file, and what only looks like one.
class SingleFileTest {
  private static final String UNET = "model.diffusion_model.";

  @TempDir Path folder;

  private Path file(Map<String, StoredTensor> tensors) {
    Path file = folder.resolve("model.safetensors");
    SafetensorsWriter.write(file, tensors);
    return file;
  }

  private static void add(Map<String, StoredTensor> tensors, String name, int... shape) {
    long[] sides = new long[shape.length];
    int size = 1;
    for (int i = 0; i < shape.length; i++) {
      sides[i] = shape[i];
      size *= shape[i];
    }
    tensors.put(name, MemoryTensors.of(name, new float[size], sides));
  }

  /// As few tensors as it takes to pass for a v1 model.
  private static Map<String, StoredTensor> model() {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    add(tensors, UNET + "input_blocks.0.0.weight", 2, 4, 1, 1);
    add(tensors, UNET + "input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight", 2, 768);
    add(tensors, "first_stage_model.quant_conv.bias", 1);
    add(tensors, "cond_stage_model.transformer.text_model.final_layer_norm.bias", 1);
    add(tensors, "betas", 3);
    return tensors;
  }

  private void refused(Map<String, StoredTensor> tensors, String... words) {
    Path file = file(tensors);
    for (var part : SingleFile.Part.values()) {
      assertThat(Made.fails(() -> SingleFile.open(file, part, false), words).getMessage())
          .startsWith(file.toString());
    }
  }

  @Test
  void eachPartHasItsOwnTensors() {
    Path file = file(model());
    try (var text = SingleFile.open(file, SingleFile.Part.TEXT_ENCODER, false);
        var unet = SingleFile.open(file, SingleFile.Part.UNET, false);
        var vae = SingleFile.open(file, SingleFile.Part.VAE, false)) {
      assertThat(text.names()).containsExactly("text_model.final_layer_norm.bias");
      assertThat(unet.names())
          .containsExactlyInAnyOrder(
              "conv_in.weight",
              "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight");
      assertThat(vae.names()).containsExactly("quant_conv.bias");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "lora_unet_down_blocks_0.lora_up.weight, a LoRA",
    "unet.down_blocks.0.attn1.to_q.lora_A.weight, a LoRA",
    "control_model.input_blocks.0.0.weight, a ControlNet",
    "controlnet_cond_embedding.conv_in.weight, a ControlNet",
    "conditioner.embedders.0.transformer.x.weight, Stable Diffusion XL",
    "model.diffusion_model.label_emb.0.0.weight, Stable Diffusion XL",
    "model.diffusion_model.joint_blocks.0.x.weight, later generation",
    "cond_stage_model.model.token_embedding.weight, Stable Diffusion 2"
  })
  void otherThingsAreToldByOneOfTheirNames(String name, String what) {
    Map<String, StoredTensor> tensors = model();
    add(tensors, name, 1);
    refused(tensors, what);
    // By themselves, too.
    Map<String, StoredTensor> alone = new LinkedHashMap<>();
    add(alone, name, 1);
    refused(alone, what);
  }

  @Test
  void otherModelsAreToldByTheirShapes() {
    Map<String, StoredTensor> two = model();
    add(two, UNET + "input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight", 2, 1024);
    refused(two, "Stable Diffusion 2");
    Map<String, StoredTensor> inpainting = model();
    add(inpainting, UNET + "input_blocks.0.0.weight", 2, 9, 1, 1);
    try (var unet = SingleFile.open(file(inpainting), SingleFile.Part.UNET, false)) {
      assertThat(Objects.requireNonNull(unet.find("conv_in.weight")).shape()).startsWith(2, 9);
    }
    Map<String, StoredTensor> edit = model();
    add(edit, UNET + "input_blocks.0.0.weight", 2, 8, 1, 1);
    refused(edit, "8 channels");
  }

  @Test
  void oneWordIsNoModel() {
    Map<String, StoredTensor> word = new LinkedHashMap<>();
    add(word, "emb_params", 1, 768);
    refused(word, "textual inversion");
  }

  @ParameterizedTest
  @CsvSource({
    "down_blocks.0.resnets.0.norm1.weight, the UNet",
    "input_blocks.0.0.weight, the UNet",
    "decoder.conv_in.weight, the VAE",
    "first_stage_model.decoder.conv_in.weight, the VAE",
    "text_model.final_layer_norm.weight, the text encoder",
    "embeddings.token_embedding.weight, the text encoder",
    "a.b, nothing that"
  })
  void oneComponentIsNoModel(String name, String what) {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    add(tensors, name, 1);
    refused(tensors, what, "whole checkpoint".substring(what.startsWith("nothing") ? 16 : 0));
  }

  @Test
  void aModelHasAllItsComponents() {
    for (var part : List.of("first_stage_model", "cond_stage_model")) {
      Map<String, StoredTensor> tensors = model();
      tensors.keySet().removeIf(name -> name.startsWith(part));
      refused(tensors, part.startsWith("f") ? "lacks the VAE" : "lacks the text encoder");
    }
  }

  @Test
  void theFormShowsInTheFirstBytesWhateverAFileIsCalled() throws IOException {
    // A header of 640 bytes begins like a pickle.
    String header = "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}}";
    byte[] file = Made.file(header + " ".repeat(640 - header.length()), 4);
    assertThat(file).startsWith(0x80, 2);
    for (String name : List.of("a.safetensors", "a.ckpt", "a.bin", "a")) {
      Path path = Files.write(folder.resolve(name), file);
      try (var store = WeightFile.open(path)) {
        assertThat(store.names()).containsExactly("a");
      }
    }
    Path page = Files.writeString(folder.resolve("page.ckpt"), "<!doctype html>");
    Made.fails(() -> WeightFile.open(page), "page.ckpt", "neither a zip archive nor a pickle");
    Path other = Files.writeString(folder.resolve("page.safetensors"), "<!doctype html>");
    Made.fails(() -> WeightFile.open(other), "page.safetensors", "web page");
    Path empty = Files.createFile(folder.resolve("empty.ckpt"));
    Made.fails(() -> WeightFile.open(empty), "empty.ckpt");
  }
}
