// SPDX-License-Identifier: Apache-2.0
package dev.hubble.reference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.kernels.Ops;
import dev.hubble.kernels.Tensor;
import dev.hubble.model.Model;
import dev.hubble.nn.Observer;
import dev.hubble.vae.VaeEncoder;
import dev.hubble.weights.TensorStore;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Each network of the tiny model, activation by activation.
class NetworksTest {
  private static final String BLOCK = "down_blocks.0.attentions.0.transformer_blocks.0";

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "reference"})
  void textEncoderEqualsTransformers(String device) {
    try (var ops = Reference.open(device);
        var expected = Reference.store("tiny-sd.unet.safetensors")) {
      var model = Reference.tinySd(ops);
      int[] ids = Reference.ints(expected, "ids");
      float[] hidden = Reference.floats(expected, "text_hidden");
      for (int i = 0; i < 2; i++) {
        int half = i;
        Observer check =
            (layer, x) ->
                Reference.assertClose(
                    "%s %s of text %d".formatted(device, layer, half),
                    x.toArray(),
                    half(Reference.floats(expected, layer), half),
                    Reference.LIMIT);
        var out = model.textEncoder().apply(Arrays.copyOfRange(ids, 77 * i, 77 * i + 77), check);
        Reference.assertClose(
            device + " text_hidden", out.toArray(), half(hidden, i), Reference.LIMIT);
      }
    }
  }

  private static float[] half(float[] x, int which) {
    return Arrays.copyOfRange(x, which * x.length / 2, (which + 1) * x.length / 2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "reference"})
  void everyActivationOfTheUNetEqualsDiffusers(String device) {
    try (var ops = Reference.open(device);
        var expected = Reference.store("tiny-sd.unet.safetensors")) {
      var model = Reference.tinySd(ops);
      Map<String, float[]> seen = new LinkedHashMap<>();
      var noise = unet(ops, model, expected, (name, x) -> seen.put(name, x.toArray()));

      seen.put("time_embedding", timeEmbedding(model));
      // We observe sums where diffusers observes the parts.
      seen.put("conv_norm_out", seen.get("conv_norm_out+silu"));
      subtract(seen, BLOCK + ".ff", BLOCK + ".attn2");
      subtract(seen, BLOCK + ".attn2", BLOCK + ".attn1");
      subtract(seen, BLOCK + ".attn1", "down_blocks.0.attentions.0.proj_in");

      int compared = 0;
      for (var name : expected.names()) {
        if (!name.startsWith("at.")) {
          continue;
        }
        var module = name.substring(3);
        float[] values = Reference.channelsLast(expected, name);
        if (module.equals("conv_norm_out")) {
          silu(values);
        }
        assertThat(seen).containsKey(module);
        Reference.assertClose(device + " " + name, seen.get(module), values, Reference.LIMIT);
        compared++;
      }
      assertThat(compared).isEqualTo(20);
      Reference.assertClose(
          device + " noise_pred",
          noise.toArray(),
          Reference.channelsLast(expected, "noise_pred"),
          Reference.LIMIT);
    }
  }

  private static Tensor unet(Ops ops, Model model, TensorStore expected, Observer observer) {
    var text = ops.upload(Reference.floats(expected, "text_hidden"), 2, 77, 32);
    var sample = ops.upload(Reference.channelsLast(expected, "sample"), 2, 16, 16, 4);
    var constants = model.unet().prepare(text, new float[] {981});
    return model.unet().apply(sample, constants, 0, observer);
  }

  @Test
  void whatPromptsShareIsComputedOnceToTheSameBits() {
    try (var ops = Reference.open("cpu");
        var _ = ops.openScope();
        var expected = Reference.store("tiny-sd.unet.safetensors")) {
      var model = Reference.tinySd(ops);
      var text = ops.upload(Reference.floats(expected, "text_hidden"), 2, 77, 32);
      var sample = ops.upload(Reference.channelsLast(expected, "sample"), 2, 16, 16, 4);
      var one = ops.slice(sample, 0, 1);
      var constants = model.unet().prepare(text, new float[] {981});
      var shared = model.unet().apply(one, constants, 0, Observer.NONE);
      var twice = model.unet().apply(ops.batch(one, one), constants, 0, Observer.NONE);
      assertThat(shared.shape()).isEqualTo(twice.shape());
      assertThat(shared.toArray()).isEqualTo(twice.toArray());
    }
  }

  private static float[] timeEmbedding(Model model) {
    return model.unet().timeEmbedding().apply(new float[] {981, 981}).toArray();
  }

  private static void subtract(Map<String, float[]> seen, String name, String from) {
    float[] sum = seen.get(name);
    float[] before = seen.get(from);
    float[] part = new float[sum.length];
    for (int i = 0; i < part.length; i++) {
      part[i] = sum[i] - before[i];
    }
    seen.put(name, part);
  }

  private static void silu(float[] x) {
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) (x[i] / (1 + Math.exp(-x[i])));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "reference"})
  void vaeDecoderEqualsDiffusers(String device) {
    try (var ops = Reference.open(device);
        var expected = Reference.store("tiny-sd.vae.safetensors")) {
      var model = Reference.tinySd(ops);
      var latent = ops.upload(Reference.channelsLast(expected, "latent"), 1, 16, 16, 4);
      Reference.assertClose(
          device + " decoded",
          model.vae().apply(latent, Observer.NONE).toArray(),
          Reference.channelsLast(expected, "decoded"),
          Reference.LIMIT);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "reference"})
  void vaeEncoderEqualsDiffusers(String device) {
    try (var ops = Reference.open(device);
        var expected = Reference.store("tiny-sd.vae.safetensors")) {
      VaeEncoder encoder = Reference.tinyVaeEncoder(ops);
      var image = ops.upload(Reference.channelsLast(expected, "image"), 1, 128, 128, 3);
      float[] moments = encoder.apply(image, Observer.NONE).toArray(); // [1,16,16,8]
      float[] mean = new float[moments.length / 2];
      float[] logvar = new float[moments.length / 2];
      for (int p = 0; p < 256; p++) {
        System.arraycopy(moments, 8 * p, mean, 4 * p, 4);
        System.arraycopy(moments, 8 * p + 4, logvar, 4 * p, 4);
      }
      Reference.assertClose(
          device + " mean", mean, Reference.channelsLast(expected, "mean"), Reference.LIMIT);
      Reference.assertClose(
          device + " logvar", logvar, Reference.channelsLast(expected, "logvar"), Reference.LIMIT);
    }
  }
}
