// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.model;

import static java.util.Objects.requireNonNull;

import dev.hubble.kernels.Tensor;
import dev.hubble.weights.Safetensors;
import dev.hubble.weights.StoredTensor;
import dev.hubble.weights.TensorStore;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Arrays;

/// What PyTorch computed with the same weights. Of the blocks inside the UNet it holds 512 samples
/// each, and mean and deviation of all.
final class Expected implements AutoCloseable {
  /// How far a result may lie from PyTorch's, as relative L2.
  private static final double LIMIT = 1e-4;

  private final TensorStore store;

  private Expected(TensorStore store) {
    this.store = store;
  }

  static Expected open() {
    try {
      var url = requireNonNull(Expected.class.getResource("full-size.safetensors"));
      return new Expected(Safetensors.open(Path.of(url.toURI())));
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  float[] floats(String name) {
    var tensor = find(name);
    float[] values = new float[Math.toIntExact(tensor.size())];
    tensor.read(0, values, 0, values.length);
    return values;
  }

  int[] ints(String name) {
    var tensor = find(name);
    long[] values = new long[Math.toIntExact(tensor.size())];
    tensor.read(0, values, 0, values.length);
    return Arrays.stream(values).mapToInt(Math::toIntExact).toArray();
  }

  private StoredTensor find(String name) {
    return requireNonNull(store.find(name), name);
  }

  void check(String name, float[] actual) {
    check(name, actual, floats(name));
  }

  /// Checks the output of a block of the UNet; false if nothing is known of it.
  boolean checkBlock(String module, Tensor output) {
    // We apply the activation together with the last norm, the reference shows what comes before.
    boolean activated = module.equals("conv_norm_out+silu");
    var name = "at." + (activated ? "conv_norm_out" : module);
    if (store.find(name + ".samples") == null) {
      return false;
    }
    int area = output.dim(1) * output.dim(2);
    float[] values = Places.channelsFirst(output.toArray(), output.dim(0), area, output.dim(3));
    float[] samples = floats(name + ".samples");
    float[] actual = Places.every(Math.max(1, values.length / 512), values, samples.length);
    if (activated) {
      check(name + ".samples, activated", actual, silu(samples));
    } else {
      check(name + ".samples", actual, samples);
      check(name + ".mean_std", Places.meanAndDeviation(values));
    }
    return true;
  }

  private static float[] silu(float[] x) {
    float[] y = new float[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = (float) (x[i] / (1 + Math.exp(-x[i])));
    }
    return y;
  }

  static void check(String name, float[] actual, float[] expected) {
    if (actual.length != expected.length) {
      throw new AssertionError(
          name + " has " + actual.length + " values instead of " + expected.length);
    }
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < expected.length; i++) {
      double d = (double) actual[i] - expected[i];
      difference += d * d;
      norm += (double) expected[i] * expected[i];
    }
    double distance = Math.sqrt(difference / norm);
    System.out.printf("%-40s relative L2 %.2e%n", name, distance);
    if (!(distance <= LIMIT)) { // a NaN fails too
      throw new AssertionError(
          "%s lies %.3e from the reference, more than %.0e".formatted(name, distance, LIMIT));
    }
  }

  @Override
  public void close() {
    store.close();
  }
}
