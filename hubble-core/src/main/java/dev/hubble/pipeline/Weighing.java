// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import dev.hubble.prompt.Chunk;
import dev.hubble.prompt.Part;
import dev.hubble.prompt.Reading;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Gives encoded words their weights. A prompt without weights stays as it is, bit for bit.
final class Weighing {
  /// What compel takes for a weight of 0, whose tangent would be infinite.
  private static final double SMALLEST = 1e-5;

  /// The text encoder.
  interface Encoder {
    /// Encodes one chunk.
    ///
    /// @param hidden the tokens that nobody sees; null for none
    /// @return `[77,C]`
    float[] encode(int[] ids, boolean @Nullable [] hidden);
  }

  private Weighing() {}

  /// Encodes and weighs all chunks: each `[77,C]`.
  ///
  /// @param empty the encoded empty prompt, `[77,C]`
  static List<float[]> apply(Reading reading, Encoder encoder, Supplier<float[]> empty) {
    return switch (reading.syntax()) {
      case DIFFUSERS -> encode(reading, encoder);
      case A1111 -> web(reading, encoder);
      case COMPEL ->
          Part.plain(reading.parts())
              ? encode(reading, encoder)
              : compel(reading, encoder, empty.get());
    };
  }

  private static List<float[]> encode(Reading reading, Encoder encoder) {
    return reading.chunks().stream().map(chunk -> encoder.encode(chunk.ids(), null)).toList();
  }

  /// The web UI multiplies, and makes up for what this does to the mean of the chunk.
  private static List<float[]> web(Reading reading, Encoder encoder) {
    var all = new ArrayList<float[]>();
    for (var chunk : reading.chunks()) {
      float[] z = encoder.encode(chunk.ids(), null);
      if (!chunk.plain()) {
        double before = mean(z);
        multiply(z, chunk.weights());
        float ratio = (float) (before / mean(z));
        // With a mean of nothing there is nothing to make up for.
        if (Float.isFinite(ratio)) {
          for (int i = 0; i < z.length; i++) {
            z[i] *= ratio;
          }
        }
      }
      all.add(z);
    }
    return all;
  }

  private static void multiply(float[] z, float[] weights) {
    int width = z.length / weights.length;
    for (int i = 0; i < z.length; i++) {
      z[i] *= weights[i / width];
    }
  }

  private static double mean(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  /// compel moves each token along the line from the empty prompt; for each part of the prompt with
  /// a weight below 1 it then mixes in the prompt in which nobody sees that part.
  private static List<float[]> compel(Reading reading, Encoder encoder, float[] empty) {
    var sums = new ArrayList<float[]>();
    for (var chunk : reading.chunks()) {
      sums.add(fromEmpty(encoder.encode(chunk.ids(), null), chunk, empty));
    }
    var base = sums.stream().map(float[]::clone).toList();
    double total = 1;
    for (int part = 0; part < reading.parts().size(); part++) {
      double weight = reading.parts().get(part) instanceof Part.Text text ? text.weight() : 1;
      if (!(weight < 1) || !has(reading, part)) {
        continue;
      }
      double share = Math.tan((1 - Math.max(SMALLEST, weight)) * Math.PI / 2);
      total += share;
      for (int k = 0; k < sums.size(); k++) {
        var chunk = reading.chunks().get(k);
        boolean[] hidden = chunk.tokensOf(part);
        float[] without =
            hidden == null
                ? base.get(k)
                : fromEmpty(encoder.encode(chunk.ids(), hidden), chunk, empty);
        add(sums.get(k), share, without);
      }
    }
    for (float[] sum : sums) {
      for (int i = 0; i < sum.length; i++) {
        sum[i] = (float) (sum[i] / total);
      }
    }
    return sums;
  }

  private static boolean has(Reading reading, int part) {
    return reading.chunks().stream().anyMatch(chunk -> chunk.tokensOf(part) != null);
  }

  private static float[] fromEmpty(float[] z, Chunk chunk, float[] empty) {
    int width = z.length / chunk.weights().length;
    for (int i = 0; i < z.length; i++) {
      z[i] = empty[i] + (z[i] - empty[i]) * chunk.weights()[i / width];
    }
    return z;
  }

  private static void add(float[] sum, double share, float[] x) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] = (float) (sum[i] + share * x[i]);
    }
  }
}
