// SPDX-License-Identifier: Apache-2.0
package dev.hubble.reference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.kernels.Backends;
import dev.hubble.kernels.Ops;
import dev.hubble.model.Model;
import dev.hubble.model.Models;
import dev.hubble.nn.Params;
import dev.hubble.vae.VaeConfig;
import dev.hubble.vae.VaeEncoder;
import dev.hubble.weights.Safetensors;
import dev.hubble.weights.StoredTensor;
import dev.hubble.weights.TensorStore;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/// What diffusers computes, and how near we must come.
public final class Reference {
  /// Relative L2 distance that every float32 stage must keep.
  static final double LIMIT = 5e-5;

  private Reference() {}

  static Path path(String name) {
    try {
      return Path.of(
          Objects.requireNonNull(Reference.class.getResource("/reference/" + name), name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /// The small model with random weights.
  static Model tinySd(Ops ops) {
    return model("tiny-sd", ops);
  }

  /// One of the models here.
  static Model model(String name, Ops ops) {
    return Model.load(Models.find(path(name).toString()), ops);
  }

  /// The encoder half of its VAE, which pipelines that start from text do not load.
  static VaeEncoder tinyVaeEncoder(Ops ops) {
    var config = VaeConfig.of(Models.find(path("tiny-sd").toString()).config("vae/config.json"));
    try (var store = store("tiny-sd/vae/diffusion_pytorch_model.safetensors")) {
      var params = Params.of(store, ops);
      var encoder = VaeEncoder.load(params, config);
      params.finish("encoder", "quant_conv");
      return encoder;
    }
  }

  static Ops open(String device, int threads) {
    return Backends.open(device, new Backends.Options(threads));
  }

  static Ops open(String device) {
    return open(device, 0);
  }

  public static TensorStore store(String name) {
    return Safetensors.open(path(name));
  }

  static StoredTensor tensor(TensorStore store, String name) {
    return Objects.requireNonNull(store.find(name), name);
  }

  public static float[] floats(TensorStore store, String name) {
    var tensor = tensor(store, name);
    float[] values = new float[(int) tensor.size()];
    tensor.read(0, values, 0, values.length);
    return values;
  }

  static int[] ints(TensorStore store, String name) {
    var tensor = tensor(store, name);
    long[] values = new long[(int) tensor.size()];
    tensor.read(0, values, 0, values.length);
    return Arrays.stream(values).mapToInt(Math::toIntExact).toArray();
  }

  static float[] join(List<float[]> parts) {
    int size = parts.getFirst().length;
    float[] all = new float[parts.size() * size];
    for (int i = 0; i < parts.size(); i++) {
      System.arraycopy(parts.get(i), 0, all, i * size, size);
    }
    return all;
  }

  /// `‖actual - expected‖ / ‖expected‖`; NaN if any number is NaN.
  public static double relativeL2(float[] actual, float[] expected) {
    assertThat(actual).hasSameSizeAs(expected);
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < expected.length; i++) {
      double d = (double) actual[i] - expected[i];
      difference += d * d;
      norm += (double) expected[i] * expected[i];
    }
    return Math.sqrt(difference / norm);
  }

  /// Fails unless the distance is within `limit`; a NaN fails too.
  public static void assertClose(String what, float[] actual, float[] expected, double limit) {
    double distance = relativeL2(actual, expected);
    System.out.printf("%-60s relative L2 %.2e%n", what, distance);
    if (!(distance <= limit)) {
      throw new AssertionError(
          "%s is %.3e away from the reference, more than %.0e".formatted(what, distance, limit));
    }
  }

  /// `[N,C,H,W]` of PyTorch as our `[N,H,W,C]`; other ranks as they are.
  static float[] channelsLast(float[] x, long... shape) {
    if (shape.length != 4) {
      return x;
    }
    int n = (int) shape[0];
    int c = (int) shape[1];
    int area = (int) (shape[2] * shape[3]);
    float[] y = new float[x.length];
    for (int i = 0; i < n; i++) {
      for (int k = 0; k < c; k++) {
        for (int p = 0; p < area; p++) {
          y[(i * area + p) * c + k] = x[(i * c + k) * area + p];
        }
      }
    }
    return y;
  }

  static float[] channelsLast(TensorStore store, String name) {
    return channelsLast(floats(store, name), tensor(store, name).shape());
  }
}
