// SPDX-License-Identifier: Apache-2.0
package dev.hubble.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubble.Additions;
import dev.hubble.Cancellation;
import dev.hubble.Hubble;
import dev.hubble.HubbleException;
import dev.hubble.LoadOptions;
import dev.hubble.Progress;
import dev.hubble.Request;
import dev.hubble.adapt.FoldedStore;
import dev.hubble.adapt.Loras;
import dev.hubble.weights.MemoryTensors;
import dev.hubble.weights.NameMaps;
import dev.hubble.weights.SafetensorsWriter;
import dev.hubble.weights.StoredTensor;
import dev.hubble.weights.TensorStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// LoRAs and learned words, against what `src/test/python/additions.py` computed with torch and
/// transformers.
class AdditionsTest {
  private static final double SCALE = 0.8;

  private static Hubble hubble;

  @BeforeAll
  static void open() {
    hubble = load(Additions.NONE);
  }

  @AfterAll
  static void close() {
    hubble.close();
  }

  private static Hubble load(Additions additions) {
    return Hubble.load(
        Reference.path("tiny-sd").toString(), new LoadOptions("cpu", 0).additions(additions));
  }

  private static Path file(String name) {
    return Reference.path("additions/" + name);
  }

  private static Additions lora(String name, double scale) {
    return Additions.NONE.lora(file(name), scale);
  }

  private static TensorStore unet() {
    return Reference.store("tiny-sd/unet/diffusion_pytorch_model.safetensors");
  }

  private static TensorStore text() {
    return Reference.store("tiny-sd/text_encoder/model.safetensors").renamed(NameMaps::textEncoder);
  }

  private static int[] pixels(Hubble drawer) {
    var image =
        drawer
            .generate(Request.of("a spiral galaxy").negative("red").steps(2).seed(3).size(64, 64))
            .image();
    return image.getRGB(0, 0, 64, 64, null, 0, 64);
  }

  /// Every changed weight, and no other.
  @ParameterizedTest
  @CsvSource({
    "kohya.safetensors, true, 5e-7",
    "peft.safetensors, true, 5e-7",
    "diffusers.safetensors, true, 5e-7",
    "diffusers.bin, true, 5e-7",
    "ldm.safetensors, true, 5e-7",
    "locon.safetensors, true, 5e-7",
    "kohya-half.safetensors, true, 1e-3",
    "processors.safetensors, false, 5e-7",
    "peft-header.safetensors, true, 5e-7",
  })
  void foldedWeightsEqualTorchs(String name, boolean alpha, double limit) {
    // Without alpha the scale is 1, and not 2/3.
    double scale = alpha ? SCALE : SCALE * 2 / 3;
    try (var unet = unet();
        var text = text();
        var expected = Reference.store("additions/expected.safetensors")) {
      var loras = Loras.read(lora(name, scale).loras(), unet, text);
      check(new FoldedStore(unet, loras.unet()), "unet.", expected, limit);
      check(new FoldedStore(text, loras.text()), "text.", expected, limit);
      assertThat(loras.unet()).isNotEmpty();
      var changed = new TreeSet<>(loras.unet().keySet());
      assertThat(changed)
          .allMatch(key -> expected.find("unet." + key.replace(".weight", "")) != null);
    }
  }

  private static void check(FoldedStore folded, String prefix, TensorStore expected, double limit) {
    for (var key : folded.changes().keySet()) {
      String name = key.replace("text_model.", "").replace(".weight", "");
      Reference.assertClose(
          prefix + name,
          Reference.floats(folded, key),
          Reference.floats(expected, prefix + name),
          limit);
    }
  }

  @Test
  void theFormsOfOneLoraDrawTheSamePicture() {
    int[] plain = pixels(hubble);
    hubble.use(lora("kohya.safetensors", SCALE));
    int[] changed = pixels(hubble);
    assertThat(changed).isNotEqualTo(plain);
    assertThat(hubble.additions().loras()).hasSize(1);
    for (var form : List.of("peft.safetensors", "diffusers.safetensors", "diffusers.bin")) {
      hubble.use(lora(form, SCALE));
      assertThat(pixels(hubble)).as(form).isEqualTo(changed);
    }
    try (var opened = load(lora("kohya.safetensors", SCALE))) {
      assertThat(pixels(opened)).as("given when opened").isEqualTo(changed);
      opened.use(Additions.NONE);
      assertThat(pixels(opened)).as("taken back").isEqualTo(plain);
    }
    hubble.use(lora("kohya.safetensors", 0));
    assertThat(pixels(hubble)).as("nothing of it").isEqualTo(plain);
    hubble.use(Additions.NONE);
    assertThat(pixels(hubble)).as("taken back").isEqualTo(plain);
  }

  /// A model into which the same changes were folded beforehand, in double, by this test.
  @Test
  void aLoraEqualsAModelThatWasChanged(@TempDir Path folder) throws IOException {
    copy(Reference.path("tiny-sd"), folder);
    try (var unet = unet();
        var lora = Reference.store("additions/kohya.safetensors");
        var locon = Reference.store("additions/locon.safetensors")) {
      Map<String, StoredTensor> changed = new LinkedHashMap<>();
      for (var name : unet.names()) {
        float[] values = Reference.floats(unet, name);
        String key = "lora_unet_" + name.replace(".weight", "").replace('.', '_');
        add(values, lora, key, 0.5);
        if (locon.find(key + ".lora_mid.weight") == null) {
          add(values, locon, key, -0.7);
        }
        changed.put(name, MemoryTensors.of(name, values, Reference.tensor(unet, name).shape()));
      }
      // The one with a middle part is checked against torch above.
      addFolded(changed, unet);
      SafetensorsWriter.write(folder.resolve("unet/diffusion_pytorch_model.safetensors"), changed);
    }
    var text =
        Additions.NONE.lora(file("kohya.safetensors"), 0.5).lora(file("locon.safetensors"), -0.7);
    try (var other = Hubble.load(folder.toString(), new LoadOptions("cpu", 0))) {
      // The text encoder was not changed in the copy: encode there, draw here.
      var prompt = other.embed("a spiral galaxy");
      var negative = other.embed("red");
      hubble.use(text);
      var request =
          Request.of("x")
              .promptEmbeddings(prompt)
              .negativeEmbeddings(negative)
              .steps(2)
              .seed(3)
              .size(64, 64);
      float[] mine = latents(hubble, request);
      float[] theirs = latents(other, request);
      Reference.assertClose("latents with two LoRAs", mine, theirs, Reference.LIMIT);
      hubble.use(Additions.NONE);
      assertThat(Reference.relativeL2(latents(hubble, request), theirs)).isGreaterThan(1e-3);
    }
  }

  private static void addFolded(Map<String, StoredTensor> changed, TensorStore unet) {
    String name = "down_blocks.0.resnets.0.conv1";
    try (var expected = Reference.store("additions/expected.safetensors")) {
      float[] own = Reference.floats(unet, name + ".weight");
      float[] with = Reference.floats(expected, "unet." + name);
      float[] values = new float[own.length];
      for (int i = 0; i < own.length; i++) {
        values[i] = (float) (own[i] - 0.7 / SCALE * ((double) with[i] - own[i]));
      }
      changed.put(
          name + ".weight",
          MemoryTensors.of(
              name + ".weight", values, Reference.tensor(unet, name + ".weight").shape()));
    }
  }

  private static void add(float[] weight, TensorStore lora, String key, double scale) {
    if (lora.find(key + ".lora_down.weight") == null) {
      return;
    }
    float[] down = Reference.floats(lora, key + ".lora_down.weight");
    float[] up = Reference.floats(lora, key + ".lora_up.weight");
    int rank = (int) Reference.tensor(lora, key + ".lora_down.weight").shape()[0];
    double factor = scale * Reference.floats(lora, key + ".alpha")[0] / rank;
    int inner = down.length / rank;
    for (int i = 0; i < weight.length; i++) {
      double sum = 0;
      for (int k = 0; k < rank; k++) {
        sum += (double) up[i / inner * rank + k] * down[k * inner + i % inner];
      }
      weight[i] = (float) (weight[i] + factor * sum);
    }
  }

  private static float[] latents(Hubble drawer, Request request) {
    var last = new float[1][];
    drawer.generate(
        request,
        event -> {
          if (event instanceof Progress.Event.Step step) {
            last[0] = step.latents().values();
          }
        },
        new Cancellation());
    return last[0];
  }

  private static void copy(Path from, Path to) throws IOException {
    try (var files = Files.walk(from)) {
      for (var source : files.toList()) {
        var target = to.resolve(from.relativize(source).toString());
        if (Files.isDirectory(source)) {
          Files.createDirectories(target);
        } else {
          Files.copy(source, target);
        }
      }
    }
  }

  @Test
  void theTextEncoderIsChangedToo() {
    hubble.use(lora("kohya.safetensors", SCALE));
    try (var expected = Reference.store("additions/expected.safetensors")) {
      Reference.assertClose(
          "text_hidden.lora",
          hubble.embed("a spiral galaxy").values(),
          Reference.floats(expected, "text_hidden.lora"),
          Reference.LIMIT);
    } finally {
      hubble.use(Additions.NONE);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "web.pt, learned_embeds.bin",
    "web-old.pt, learned_embeds.safetensors",
    "skyglow.safetensors, learned_embeds.bin",
  })
  void learnedWordsEqualTransformers(String one, String other) {
    hubble.use(Additions.NONE.embedding(file(one)).embedding(file(other)));
    try (var expected = Reference.store("additions/expected.safetensors")) {
      Reference.assertClose(
          "text_hidden.words",
          hubble.embed("a galaxy in Skyglow, <dust-lane> star").values(),
          Reference.floats(expected, "text_hidden.words"),
          Reference.LIMIT);
      assertThat(hubble.tokens("skyglow").pieces()).containsExactly("skyglow", "skyglow_1");
      assertThat(hubble.tokens("skyglows").pieces()).doesNotContain("skyglow");
    } finally {
      hubble.use(Additions.NONE);
    }
    assertThat(hubble.tokens("skyglow").pieces()).doesNotContain("skyglow_1");
  }

  @Test
  void aWordGetsTheNameThatIsAskedFor() {
    hubble.use(Additions.NONE.embedding(file("web.pt"), "<mine>"));
    try {
      assertThat(hubble.tokens("a <MINE> b").pieces()).contains("<mine>", "<mine>_1");
    } finally {
      hubble.use(Additions.NONE);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '!',
      value = {
        "sd2.safetensors ! Stable Diffusion 2",
        "xl.safetensors ! 32 numbers",
        "kohya.safetensors ! 32 numbers",
        "nowhere.pt ! nowhere.pt",
      })
  void refusesWordsOfOtherModels(String name, String words) {
    var additions = Additions.NONE.embedding(Reference.path("additions").resolve(name));
    assertThatThrownBy(() -> hubble.use(additions))
        .isInstanceOf(HubbleException.BadRequest.class)
        .hasMessageContaining(words);
    assertThat(hubble.additions()).isEqualTo(Additions.NONE);
  }

  @Test
  void refusesAWordTwice() {
    var twice = Additions.NONE.embedding(file("web.pt"), "a").embedding(file("web.pt"), "A");
    assertThatThrownBy(() -> hubble.use(twice))
        .isInstanceOf(HubbleException.BadRequest.class)
        .hasMessageContaining("another name");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '!',
      value = {
        "lora_unet_nothing_here.lora_down.weight ! does not have: lora_unet_nothing_here",
        "lora_te1_text_model_encoder_layers_0_mlp_fc1.lora_down.weight ! Stable Diffusion XL",
        "lora_unet_conv_in.hada_w1_a ! LoHa",
        "something.else ! no LoRA",
        "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn2_to_k.lora_down.weight ! made"
            + " for another model",
        "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn2_to_k.alpha ! only a part",
      })
  void refusesLorasOfOtherModels(String name, String words, @TempDir Path folder) {
    var tensors = new LinkedHashMap<String, StoredTensor>();
    tensors.put(name, MemoryTensors.of(name, new float[14], 2, 7));
    if (name.contains("lora_down")) {
      String up = name.replace("lora_down", "lora_up");
      tensors.put(up, MemoryTensors.of(up, new float[10], 5, 2));
    }
    var path = folder.resolve("lora.safetensors");
    SafetensorsWriter.write(path, tensors);
    assertThatThrownBy(() -> hubble.use(Additions.NONE.lora(path, 1)))
        .isInstanceOf(HubbleException.BadRequest.class)
        .hasMessageContaining(words)
        .hasMessageContaining("lora.safetensors");
    assertThat(hubble.additions()).isEqualTo(Additions.NONE);
  }
}
