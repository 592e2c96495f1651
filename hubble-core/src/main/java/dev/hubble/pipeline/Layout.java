// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import dev.hubble.Latents;
import dev.hubble.kernels.Tensor;

/// Moves the channels of images between PyTorch's order and ours.
final class Layout {
  private Layout() {}

  /// `[N,C,H,W]` to `[N,H,W,C]`.
  static float[] toChannelsLast(float[] x, int n, int c, int h, int w) {
    float[] y = new float[x.length];
    int area = h * w;
    for (int i = 0; i < n; i++) {
      for (int k = 0; k < c; k++) {
        for (int p = 0; p < area; p++) {
          y[(i * area + p) * c + k] = x[(i * c + k) * area + p];
        }
      }
    }
    return y;
  }

  /// A tensor `[N,h,w,4]` as a value.
  static Latents toLatents(Tensor x) {
    int n = x.dim(0);
    int h = x.dim(1);
    int w = x.dim(2);
    return Latents.of(toChannelsFirst(x.toArray(), n, h, w, x.dim(3)), n, h, w);
  }

  /// `[N,H,W,C]` to `[N,C,H,W]`.
  static float[] toChannelsFirst(float[] x, int n, int h, int w, int c) {
    float[] y = new float[x.length];
    int area = h * w;
    for (int i = 0; i < n; i++) {
      for (int k = 0; k < c; k++) {
        for (int p = 0; p < area; p++) {
          y[(i * c + k) * area + p] = x[(i * area + p) * c + k];
        }
      }
    }
    return y;
  }
}
