// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import dev.hubble.Progress.Values;
import dev.hubble.kernels.Tensor;
import java.util.List;
import java.util.function.Supplier;

/// Numbers for a listener, copied out when it asks.
final class Snapshot {
  private Snapshot() {}

  /// Of several pictures of one size, one after the other.
  static Values of(List<float[]> pictures, int height, int width, int channels) {
    int size = height * width * channels;
    return values(
        () -> {
          float[] all = new float[pictures.size() * size];
          for (int i = 0; i < pictures.size(); i++) {
            System.arraycopy(pictures.get(i), 0, all, i * size, size);
          }
          return all;
        },
        List.of(pictures.size(), height, width, channels));
  }

  static Values of(Supplier<Tensor> x, Integer... shape) {
    return values(() -> x.get().toArray(), List.of(shape));
  }

  /// Of a tensor `[N,h,w,C]`, as `[N,C,h,w]`.
  static Values channelsFirst(Tensor x) {
    int n = x.dim(0);
    int h = x.dim(1);
    int w = x.dim(2);
    int c = x.dim(3);
    return values(() -> Layout.toChannelsFirst(x.toArray(), n, h, w, c), List.of(n, c, h, w));
  }

  private static Values values(Supplier<float[]> copy, List<Integer> shape) {
    return new Values() {
      @Override
      public float[] values() {
        return copy.get();
      }

      @Override
      public List<Integer> shape() {
        return shape;
      }
    };
  }
}
