// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.reference;

import dev.hubble.kernels.heap.HeapTensor;
import dev.hubble.kernels.heap.NormalCdf;

/// Activation functions.
final class Activations {
  private Activations() {}

  /// `x / (1 + e⁻ˣ)`
  static void silu(HeapTensor x, HeapTensor y) {
    for (int i = 0; i < y.size(); i++) {
      double v = x.data()[x.offset() + i];
      y.data()[y.offset() + i] = (float) (v / (1 + Math.exp(-v)));
    }
  }

  /// `x / (1 + e^(-1.702 x))`
  static void quickGelu(HeapTensor x, HeapTensor y) {
    for (int i = 0; i < y.size(); i++) {
      double v = x.data()[x.offset() + i];
      y.data()[y.offset() + i] = (float) (v / (1 + Math.exp(-1.702 * v)));
    }
  }

  /// `a · g · Φ(g)`, where a row of x is the a's and then the g's.
  static void geglu(HeapTensor x, HeapTensor y) {
    int width = y.dim(-1);
    for (int i = 0; i < y.size(); i++) {
      int row = x.offset() + i / width * 2 * width;
      double a = x.data()[row + i % width];
      double g = x.data()[row + width + i % width];
      y.data()[y.offset() + i] = (float) (a * g * NormalCdf.of(g));
    }
  }
}
