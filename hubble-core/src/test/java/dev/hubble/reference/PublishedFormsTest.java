// SPDX-License-Identifier: Apache-2.0
package dev.hubble.reference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.weights.ComponentFile;
import dev.hubble.weights.NameMaps;
import dev.hubble.weights.TensorStore;
import dev.hubble.weights.WeightFile;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The small model in the other forms in which models are published.
class PublishedFormsTest {
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

  /// The same names, types, shapes and numbers.
  static void assertSame(TensorStore actual, TensorStore expected) {
    assertThat(actual.names()).containsExactlyInAnyOrderElementsOf(expected.names()).isNotEmpty();
    for (String name : expected.names()) {
      var a = Reference.tensor(actual, name);
      var e = Reference.tensor(expected, name);
      assertThat(a.type()).as(name).isEqualTo(e.type());
      assertThat(a.shape()).as(name).isEqualTo(e.shape());
      boolean same =
          e.type().isFloat()
              ? Arrays.equals(Reference.floats(actual, name), Reference.floats(expected, name))
              : Arrays.equals(Reference.ints(actual, name), Reference.ints(expected, name));
      assertThat(same).as(name).isTrue();
    }
  }
}
