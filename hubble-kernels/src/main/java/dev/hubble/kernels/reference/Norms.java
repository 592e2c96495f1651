// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.reference;

import dev.hubble.kernels.heap.HeapTensor;

/// Normalisations, each with its statistics in two passes.
final class Norms {
  private Norms() {}

  /// Mean and variance over all places and the channels of one group.
  static void groupNorm(
      HeapTensor x, HeapTensor gamma, HeapTensor beta, int groups, float eps, HeapTensor y) {
    int channels = x.dim(-1);
    int images = x.dim(0);
    int places = x.size() == 0 ? 0 : x.size() / images / channels;
    for (int n = 0; n < images; n++) {
      for (int g = 0; g < groups; g++) {
        int width = channels / groups;
        normalise(
            x, n * places * channels, places, channels, g * width, width, gamma, beta, eps, y);
      }
    }
  }

  /// Mean and variance over the channels of one place.
  static void layerNorm(HeapTensor x, HeapTensor gamma, HeapTensor beta, float eps, HeapTensor y) {
    int channels = x.dim(-1);
    for (int at = 0; at < x.size(); at += channels) {
      normalise(x, at, 1, channels, 0, channels, gamma, beta, eps, y);
    }
  }

  /// Normalises channels `first..first+width-1` of `places` rows of `channels` each, from element
  /// `at` on: `y = (x - mean) / √(variance + eps) · gamma + beta`.
  private static void normalise(
      HeapTensor x,
      int at,
      int places,
      int channels,
      int first,
      int width,
      HeapTensor gamma,
      HeapTensor beta,
      float eps,
      HeapTensor y) {
    float[] xs = x.data();
    float[] ys = y.data();
    double count = (double) places * width;
    double sum = 0;
    for (int p = 0; p < places; p++) {
      for (int c = first; c < first + width; c++) {
        sum += xs[x.offset() + at + p * channels + c];
      }
    }
    double mean = sum / count;
    double squares = 0;
    for (int p = 0; p < places; p++) {
      for (int c = first; c < first + width; c++) {
        double d = xs[x.offset() + at + p * channels + c] - mean;
        squares += d * d;
      }
    }
    double scale = 1 / Math.sqrt(squares / count + eps);
    for (int p = 0; p < places; p++) {
      for (int c = first; c < first + width; c++) {
        int i = at + p * channels + c;
        ys[y.offset() + i] =
            (float)
                ((xs[x.offset() + i] - mean) * scale * gamma.data()[gamma.offset() + c]
                    + beta.data()[beta.offset() + c]);
      }
    }
  }
}
