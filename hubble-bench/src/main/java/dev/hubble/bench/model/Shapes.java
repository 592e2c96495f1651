// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.model;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// Collects the names and shapes of a network's weights, layer by layer.
final class Shapes {
  private final Map<String, long[]> all = new LinkedHashMap<>();

  Map<String, long[]> all() {
    return Collections.unmodifiableMap(all);
  }

  void tensor(String name, long... shape) {
    if (all.put(name, shape) != null) {
      throw new IllegalArgumentException("two tensors are named " + name);
    }
  }

  void norm(String layer, int width) {
    tensor(layer + ".weight", width);
    tensor(layer + ".bias", width);
  }

  void linear(String layer, int in, int out) {
    tensor(layer + ".weight", out, in);
    tensor(layer + ".bias", out);
  }

  void conv(String layer, int in, int out, int kernel) {
    tensor(layer + ".weight", out, in, kernel, kernel);
    tensor(layer + ".bias", out);
  }

  /// A residual block; `time` is the width of the time embedding, 0 where there is none.
  void resnet(String block, int in, int out, int time) {
    norm(block + ".norm1", in);
    conv(block + ".conv1", in, out, 3);
    if (time > 0) {
      linear(block + ".time_emb_proj", time, out);
    }
    norm(block + ".norm2", out);
    conv(block + ".conv2", out, out, 3);
    if (in != out) {
      conv(block + ".conv_shortcut", in, out, 1);
    }
  }
}
