// SPDX-License-Identifier: Apache-2.0
package dev.hubble.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubble.Hubble;
import dev.hubble.HubbleException;
import dev.hubble.LoadOptions;
import dev.hubble.Request;
import dev.hubble.Safety;
import dev.hubble.SafetyVerdict;
import dev.hubble.model.Models;
import dev.hubble.nn.Params;
import dev.hubble.safety.SafetyChecker;
import dev.hubble.safety.SafetyConfig;
import dev.hubble.weights.MemoryTensors;
import dev.hubble.weights.SafetensorsWriter;
import dev.hubble.weights.StoredTensor;
import dev.hubble.weights.TensorStore;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The safety checker, against what `src/test/python/safety.py` computed with transformers and
/// Pillow.
class SafetyTest {
  private static final String WEIGHTS = "safety_checker/model.safetensors";

  private static BufferedImage picture(TensorStore expected, String name) {
    var tensor = Reference.tensor(expected, name + ".picture");
    int h = (int) tensor.shape()[0];
    int w = (int) tensor.shape()[1];
    int[] values = Reference.ints(expected, name + ".picture");
    var image = new BufferedImage(w, h, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < w * h; i++) {
      image.setRGB(i % w, i / w, values[3 * i] << 16 | values[3 * i + 1] << 8 | values[3 * i + 2]);
    }
    return image;
  }

  @ParameterizedTest
  @CsvSource({
    "cpu, wide, false",
    "cpu, small, true",
    "cpu, same, false",
    "cpu, gray, false",
    "reference, wide, false",
    "reference, small, true",
  })
  void verdictsEqualTransformers(String device, String name, boolean flagged) {
    try (var ops = Reference.open(device);
        var store = Reference.store("safety/" + WEIGHTS);
        var expected = Reference.store("safety/expected.safetensors")) {
      var config =
          SafetyConfig.of(
              Models.find(Reference.path("tiny-sd").toString())
                  .config(Reference.path("safety/safety_checker/config.json").toString()));
      var params = Params.of(store, ops);
      var checker = SafetyChecker.load(params, config);
      params.finish();
      SafetyVerdict verdict = checker.check(picture(expected, name));
      assertThat(verdict.flagged()).isEqualTo(flagged);
      near(verdict.concepts(), Reference.floats(expected, name + ".concepts"));
      near(verdict.special(), Reference.floats(expected, name + ".special"));
    }
  }

  /// Both are rounded to three places, and may fall on either side.
  private static void near(List<Double> actual, float[] expected) {
    assertThat(actual).hasSize(expected.length);
    for (int i = 0; i < expected.length; i++) {
      double error = Math.abs(actual.get(i) - expected[i]);
      if (!(error <= 0.001001)) {
        throw new AssertionError("score %d is %s, not %s".formatted(i, actual.get(i), expected[i]));
      }
    }
  }

  /// A copy of the tiny model with the checker, whose thresholds become `threshold`.
  private static Path model(Path folder, float threshold) throws IOException {
    copy(Reference.path("tiny-sd"), folder);
    copy(Reference.path("safety"), folder);
    try (var store = Reference.store("safety/" + WEIGHTS)) {
      var tensors = new LinkedHashMap<String, StoredTensor>();
      for (var name : store.names()) {
        tensors.put(name, Reference.tensor(store, name));
      }
      float[] thresholds = new float[17];
      Arrays.fill(thresholds, threshold);
      tensors.put(
          "concept_embeds_weights", MemoryTensors.of("concept_embeds_weights", thresholds, 17));
      SafetensorsWriter.write(folder.resolve(WEIGHTS), tensors);
    }
    return folder;
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

  private static Request request(Safety safety) {
    return Request.of("a galaxy").steps(1).seed(1).size(64, 64).count(2).safety(safety);
  }

  @Test
  void whatIsFoundIsFlaggedOrBlocked(@TempDir Path folder) throws IOException {
    // Nothing is less similar than this, so everything is found.
    var path = model(folder, -2).toString();
    try (var hubble = Hubble.load(path, new LoadOptions("cpu", 0))) {
      var off = hubble.generate(request(Safety.OFF));
      assertThat(off.safety().mode()).isEqualTo(Safety.OFF);
      assertThat(off.safety().verdicts()).isEmpty();
      for (var mode : List.of(Safety.AUTO, Safety.FLAG)) {
        var flagged = hubble.generate(request(mode));
        assertThat(flagged.pictures()).hasSize(2);
        assertThat(flagged.safety().mode()).isEqualTo(Safety.FLAG);
        assertThat(flagged.safety().flagged()).isEqualTo(2);
        assertThat(flagged.safety().blocked()).isZero();
        assertThat(flagged.image().getRGB(9, 9)).isEqualTo(off.image().getRGB(9, 9));
      }
      var blocked = hubble.generate(request(Safety.BLOCK));
      assertThat(blocked.pictures()).isEmpty();
      assertThat(blocked.safety().blocked()).isEqualTo(2);
      assertThatThrownBy(blocked::image)
          .isInstanceOf(HubbleException.Blocked.class)
          .hasMessageContaining("all 2 pictures");
    }
  }

  @Test
  void whatPassesIsThere(@TempDir Path folder) throws IOException {
    try (var hubble = Hubble.load(model(folder, 2).toString(), new LoadOptions("cpu", 0))) {
      var passed = hubble.generate(request(Safety.BLOCK));
      assertThat(passed.pictures()).hasSize(2);
      assertThat(passed.safety().flagged()).isZero();
      assertThat(passed.safety().verdicts()).hasSize(2);
    }
  }

  @Test
  void aModelWithoutACheckerSaysSo() {
    try (var hubble =
        Hubble.load(Reference.path("tiny-sd").toString(), new LoadOptions("cpu", 0))) {
      assertThat(hubble.generate(request(Safety.AUTO)).safety().mode()).isEqualTo(Safety.OFF);
      assertThatThrownBy(() -> hubble.generate(request(Safety.FLAG)))
          .isInstanceOf(HubbleException.BadRequest.class)
          .hasMessageContaining("no safety checker");
    }
  }
}
