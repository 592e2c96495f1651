// SPDX-License-Identifier: Apache-2.0
package dev.hubble.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubble.HubAccess;
import dev.hubble.Hubble;
import dev.hubble.HubbleException;
import dev.hubble.LoadOptions;
import dev.hubble.ModelInfo;
import dev.hubble.SingleFileHints;
import dev.hubble.kernels.Ops;
import dev.hubble.model.Model;
import dev.hubble.model.ModelFiles;
import dev.hubble.model.Models;
import dev.hubble.weights.ComponentFile;
import dev.hubble.weights.NameMaps;
import dev.hubble.weights.TensorStore;
import dev.hubble.weights.WeightFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The small model in the other forms in which models are published.
class PublishedFormsTest {
  @TempDir Path folder;

  private static final String VAE = "diffusion_pytorch_model";

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "reference"})
  void aModelOfPicklesInMixedPrecisionEqualsDiffusers(String device) {
    try (var ops = Reference.open(device);
        var expected = Reference.store("tiny-sd-bin.txt2img.safetensors")) {
      var run =
          PipelineTest.run(Reference.model("tiny-sd-bin", ops), PipelineTest.job(10, 7.5f, ""));
      PipelineTest.compare(device + " tiny-sd-bin", run, expected);
    }
  }

  @Test
  void theFormBefore1Point6HoldsTheSameTensors() {
    try (var zip = ComponentFile.find(Reference.path("tiny-sd-bin/vae"), VAE).open();
        var old = WeightFile.open(Reference.path("tiny-sd-legacy-nonzip-vae.bin"))) {
      assertSame(old, zip);
    }
  }

  @Test
  void shardsHoldTheSameTensorsAsOneFile() {
    try (var whole = ComponentFile.find(Reference.path("tiny-sd/vae"), VAE).open();
        var shards = ComponentFile.find(Reference.path("tiny-sd-sharded-vae"), VAE).open()) {
      assertSame(shards.renamed(NameMaps::vae), whole.renamed(NameMaps::vae));
    }
  }

  /// The small model's sizes and tokenizer, for its single-file forms.
  private static SingleFileHints tiny() {
    return SingleFileHints.DEFAULT.config(Reference.path("tiny-sd"));
  }

  private static Model load(Path model, SingleFileHints options, Ops ops) {
    return Model.load(Models.find(model.toString(), LoadOptions.DEFAULT.singleFile(options)), ops);
  }

  private static PipelineTest.Run run(Model model) {
    return PipelineTest.run(model, PipelineTest.job(10, 7.5f, ""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "reference"})
  void aModelInASingleFileEqualsDiffusers(String device) {
    try (var ops = Reference.open(device);
        var expected = Reference.store("tiny-sd.txt2img.safetensors")) {
      var model = load(Reference.path("tiny-sd.ldm.safetensors"), tiny(), ops);
      PipelineTest.compare(device + " tiny-sd.ldm.safetensors", run(model), expected);
    }
  }

  @Test
  void aTrainersCheckpointInHalfEqualsTheModelRoundedToHalf() {
    convert("tiny-sd", "f16", SingleFileHints.DEFAULT);
    try (var ops = Reference.open("cpu")) {
      var rounded = run(load(folder, SingleFileHints.DEFAULT, ops));
      var checkpoint = run(load(Reference.path("tiny-sd.ldm.ckpt"), tiny(), ops));
      assertThat(checkpoint.latents()).hasSameSizeAs(rounded.latents()).hasSize(11);
      for (int i = 0; i < rounded.latents().size(); i++) {
        Reference.assertClose(
            "tiny-sd.ldm.ckpt latents after call " + (i + 1),
            checkpoint.latents().get(i),
            rounded.latents().get(i),
            Reference.LIMIT);
      }
    }
  }

  private void convert(String model, @Nullable String dtype, SingleFileHints options) {
    Hubble.convert(
        Reference.path(model).toString(), folder, dtype, LoadOptions.DEFAULT.singleFile(options));
  }

  @ParameterizedTest
  @ValueSource(strings = {"tiny-sd", "tiny-sd-bin", "tiny-sd.ldm.safetensors", "tiny-sd.ldm.ckpt"})
  void convertingKeepsEveryTensor(String model) {
    var options = model.contains("ldm") ? tiny() : SingleFileHints.DEFAULT;
    convert(model, null, options);
    var before =
        Models.find(Reference.path(model).toString(), LoadOptions.DEFAULT.singleFile(options));
    var after = Models.find(folder.toString());
    assertThat(Hubble.info(folder.toString()).hash())
        .isEqualTo(
            Hubble.info(Reference.path(model).toString(), LoadOptions.DEFAULT.singleFile(options))
                .hash());
    for (var component : List.of("text_encoder", "unet", "vae")) {
      var base = component.equals("text_encoder") ? "model" : VAE;
      try (var a = canonical(after, component, base);
          var b = canonical(before, component, base)) {
        assertThat(folder.resolve(component).resolve(base + ".safetensors")).exists();
        assertSame(a, b, /* exactly= */ false);
      }
    }
    try (var ops = Reference.open("cpu")) {
      assertThat(load(folder, SingleFileHints.DEFAULT, ops).tokenizer().maxLength()).isEqualTo(77);
    }
  }

  @Test
  void aConvertedSingleFileIsTheFolderThatItWasMadeOf() {
    convert("tiny-sd.ldm.safetensors", null, tiny());
    for (var component : List.of("text_encoder", "unet", "vae")) {
      var base = component.equals("text_encoder") ? "model" : VAE;
      try (var a = canonical(Models.find(folder.toString()), component, base);
          var b = canonical(Models.find(Reference.path("tiny-sd").toString()), component, base)) {
        assertSame(a, b);
      }
    }
  }

  private static TensorStore canonical(ModelFiles files, String component, String base) {
    return files
        .weights(component, base)
        .renamed(
            switch (component) {
              case "text_encoder" -> NameMaps::textEncoder;
              case "vae" -> NameMaps::vae;
              default -> NameMaps::unet;
            });
  }

  @ParameterizedTest
  @CsvSource({"f32, F32", "f16, F16", "bf16, BF16"})
  void convertingRoundsToWhatIsAskedFor(String dtype, String type) {
    convert("tiny-sd-bin", dtype, SingleFileHints.DEFAULT);
    for (var component : Hubble.info(folder.toString()).components()) {
      assertThat(component.dtypes()).containsOnlyKeys(type);
    }
  }

  @Test
  void convertingWritesToAnEmptyFolderOnly() throws IOException {
    Files.writeString(folder.resolve("precious"), "x");
    assertThatThrownBy(() -> convert("tiny-sd", null, SingleFileHints.DEFAULT))
        .isInstanceOf(HubbleException.BadRequest.class)
        .hasMessageContaining("not empty");
    assertThatThrownBy(() -> convert("tiny-sd", "f8", SingleFileHints.DEFAULT))
        .isInstanceOf(HubbleException.BadRequest.class)
        .hasMessageContaining("f8");
    assertThat(folder.toFile().list()).containsExactly("precious");
  }

  @Test
  void aSingleFileAsksForATokenizer() {
    var file = Reference.path("tiny-sd.ldm.ckpt").toString();
    var nowhere = HubAccess.DEFAULT.cache(folder.resolve("empty")).offline(true);
    assertThatThrownBy(() -> Hubble.load(file, LoadOptions.DEFAULT.hub(nowhere)))
        .isInstanceOf(HubbleException.Model.class)
        .hasMessageContainingAll(file, "--tokenizer", "vocab.json");
  }

  @Test
  void aSingleFileTakesATokenizerFromAnotherFolder() {
    var options = tiny().tokenizer(Reference.path("tiny-sd-bin/tokenizer"));
    try (var ops = Reference.open("cpu")) {
      var model = load(Reference.path("tiny-sd.ldm.ckpt"), options, ops);
      assertThat(model.tokenizer().vocabularySize()).isEqualTo(914);
    }
    assertThatThrownBy(() ->
            Models.find(
                Reference.path("tiny-sd").toString(), LoadOptions.DEFAULT.singleFile(options)))
        .isInstanceOf(HubbleException.BadRequest.class)
        .hasMessageContaining("--tokenizer");
  }

  @Test
  void aSingleFileOfOtherSizesThanVersion14IsRefusedByATensorsName() {
    var file = Reference.path("tiny-sd.ldm.ckpt").toString();
    var vocab = Reference.path("tiny-sd-bin/tokenizer");
    var options = SingleFileHints.DEFAULT.tokenizer(vocab);
    try (var ops = Reference.open("cpu")) {
      assertThatThrownBy(
              () -> Model.load(Models.find(file, LoadOptions.DEFAULT.singleFile(options)), ops))
          .isInstanceOf(HubbleException.Model.class)
          .hasMessageContainingAll(file, "[914, 32]", "[49408, 768]");
    }
  }

  @Test
  void aFileWithoutAMovingAverageHasNone() {
    var file = Reference.path("tiny-sd.ldm.ckpt").toString();
    assertThatThrownBy(() -> Hubble.info(file, LoadOptions.DEFAULT.singleFile(tiny().ema(true))))
        .isInstanceOf(HubbleException.Model.class)
        .hasMessageContaining("EMA");
  }

  @Test
  void infoTellsOfASingleFile() {
    var info = Hubble.info(Reference.path("tiny-sd.ldm.ckpt").toString());
    assertThat(info.name()).isEqualTo("tiny-sd.ldm.ckpt");
    assertThat(info.scheduler()).isEqualTo("PNDMScheduler");
    assertThat(info.components())
        .extracting(ModelInfo.Component::tensors)
        .containsExactly(52, 684, 240);
  }

  /// The same names, types, shapes and numbers.
  static void assertSame(TensorStore actual, TensorStore expected) {
    assertSame(actual, expected, /* exactly= */ true);
  }

  /// If not exactly, trailing ones in a shape do not count.
  private static void assertSame(TensorStore actual, TensorStore expected, boolean exactly) {
    assertThat(actual.names()).containsExactlyInAnyOrderElementsOf(expected.names()).isNotEmpty();
    for (String name : expected.names()) {
      var a = Reference.tensor(actual, name);
      var e = Reference.tensor(expected, name);
      assertThat(a.type()).as(name).isEqualTo(e.type());
      assertThat(exactly ? a.shape() : trimmed(a.shape()))
          .as(name)
          .isEqualTo(exactly ? e.shape() : trimmed(e.shape()));
      boolean same =
          e.type().isFloat()
              ? Arrays.equals(Reference.floats(actual, name), Reference.floats(expected, name))
              : Arrays.equals(Reference.ints(actual, name), Reference.ints(expected, name));
      assertThat(same).as(name).isTrue();
    }
  }

  private static long[] trimmed(long[] shape) {
    int rank = shape.length;
    while (rank > 0 && shape[rank - 1] == 1) {
      rank--;
    }
    return Arrays.copyOf(shape, rank);
  }
}
