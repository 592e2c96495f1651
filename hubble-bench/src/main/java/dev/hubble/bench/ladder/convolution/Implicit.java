// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder.convolution;

import dev.hubble.bench.ladder.Rung;
import dev.hubble.bench.ladder.gemm.PackedPanels;

/// Rung 3: the same product without the matrix. In an image with a border, what a row of the filter
/// sees at a pixel is already one piece of memory, three pixels long. The product only has to be
/// told where each begins.
///
/// What remains is the arithmetic itself.
final class Implicit {
  private Implicit() {}

  static Rung.Prepared prepare(ConvProblem c) {
    var w = new PackedPanels(c.w(), 9 * c.ins(), c.outs());
    int columns = c.width() + 2;
    float[] bordered = c.bordered(c.height() + 2, columns);
    int[] pixels = new int[c.height() * c.width()];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (i / c.width() * columns + i % c.width()) * c.ins();
    }
    float[] wide = new float[pixels.length * w.width()];
    return () -> {
      c.border(bordered, columns);
      w.multiply(bordered, pixels, 3, columns * c.ins(), wide, 0);
      PackedPanels.unpad(wide, w.width(), c.y(), c.outs());
    };
  }
}
