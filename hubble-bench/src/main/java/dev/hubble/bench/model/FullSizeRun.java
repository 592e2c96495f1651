// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.model;

import dev.hubble.kernels.Backends;
import dev.hubble.kernels.DType;
import dev.hubble.kernels.Ops;
import dev.hubble.nn.Observer;
import dev.hubble.weights.Safetensors;
import dev.hubble.weights.TensorStore;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;

/// The full-size networks on a device: how near the UNet is to PyTorch, how long a guided step
/// takes at 512x512, and how long a picture. For the report that `scripts/gpu-bundle` makes; exit
/// code 1 if it is too far off.
public final class FullSizeRun {
  private static final int WARM_UP = 5;
  private static final int PICTURES = 5;

  private FullSizeRun() {}

  /// Runs.
  ///
  /// @param args device, format, file with what PyTorch computes (`full-size.safetensors`), steps
  public static void main(String[] args) {
    var dtype = DType.valueOf(args[1].toUpperCase(Locale.ROOT));
    int steps = Integer.parseInt(args[3]);
    var options = new Backends.Options(0).dtype(dtype);
    try (var ops = Backends.open(args[0], options);
        var expected = Safetensors.open(Path.of(args[2]))) {
      System.out.println(ops.description());
      long free = ops.freeBytes().orElse(0);
      double distance = run(ops, expected, steps);
      System.out.printf(
          "memory of the device in use at the end: %.3f GB%n",
          (free - ops.freeBytes().orElse(0)) / 1e9);
      double limit =
          switch (dtype) {
            case F32 -> 1e-4;
            case F16 -> 3e-3;
            case BF16 -> 1e-2;
          };
      boolean near = distance <= limit; // never for NaN
      System.out.printf(
          "full-size UNet, %s: noise_pred relative L2 %.2e, limit %.0e: %s%n",
          args[1], distance, limit, near ? "ok" : "WRONG");
      if (!near) {
        System.exit(1);
      }
    }
  }

  private static void draw(FullSizePicture picture, int steps) {
    double[] seconds = new double[PICTURES];
    for (int i = -1; i < PICTURES; i++) {
      long from = System.nanoTime();
      picture.draw(steps, _ -> {});
      if (i >= 0) {
        seconds[i] = (System.nanoTime() - from) / 1e9;
      }
    }
    Arrays.sort(seconds);
    System.out.printf(
        "a picture of 512x512 in %d steps, from ids to numbers on the host: median %.3f s, least %.3f, most %.3f of %d%n",
        steps, seconds[PICTURES / 2], seconds[0], seconds[PICTURES - 1], PICTURES);
  }

  private static double run(Ops ops, TensorStore expected, int steps) {
    long start = System.nanoTime();
    var picture = new FullSizePicture(ops);
    var unet = picture.unet();
    System.out.printf("weights made and packed in %.1f s%n", (System.nanoTime() - start) / 1e9);
    if (steps > 0) {
      draw(picture, steps);
    }
    try (var _ = ops.openScope()) {
      var text = ops.upload(floats(expected, "text_hidden"), 2, 77, 768);
      var constants = unet.prepare(text, new float[] {981});
      var latents =
          ops.upload(channelsLast(floats(expected, "latents"), 1, 4, 64 * 64), 1, 64, 64, 4);
      float[] noise = {};
      double[] millis = new double[steps];
      for (int i = 0; i < WARM_UP + steps; i++) {
        try (var _ = ops.openScope()) {
          long from = System.nanoTime();
          noise = unet.apply(ops.batch(latents, latents), constants, 0, Observer.NONE).toArray();
          if (i >= WARM_UP) {
            millis[i - WARM_UP] = (System.nanoTime() - from) / 1e6;
          }
        }
      }
      Arrays.sort(millis);
      if (steps > 0) {
        System.out.printf(
            "a guided step at 512x512, one by one: median %.2f ms, least %.2f, most %.2f of %d; peak of tensors %.0f MB%n",
            millis[steps / 2], millis[0], millis[steps - 1], steps, ops.peakBytes() / 1e6);
      }
      return distance(noise, channelsLast(floats(expected, "noise_pred"), 2, 4, 64 * 64));
    }
  }

  private static float[] floats(TensorStore store, String name) {
    var tensor = Objects.requireNonNull(store.find(name), name);
    float[] values = new float[Math.toIntExact(tensor.size())];
    tensor.read(0, values, 0, values.length);
    return values;
  }

  private static float[] channelsLast(float[] x, int n, int channels, int places) {
    float[] y = new float[x.length];
    for (int i = 0; i < n; i++) {
      for (int c = 0; c < channels; c++) {
        for (int p = 0; p < places; p++) {
          y[(i * places + p) * channels + c] = x[(i * channels + c) * places + p];
        }
      }
    }
    return y;
  }

  private static double distance(float[] actual, float[] expected) {
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < expected.length; i++) {
      difference += Math.pow((double) actual[i] - expected[i], 2);
      norm += Math.pow(expected[i], 2);
    }
    return Math.sqrt(difference / norm);
  }
}
