// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder.gemm;

/// Rung 5: the matrix in tiles that fit in the registers, see [RegisterTile].
///
/// W is read where it lies. A tile's columns are a narrow strip of it, with every row in another
/// page of memory: the processor must look up where each page is, and cannot guess ahead what is
/// read next.
final class Tiled {
  private Tiled() {}

  static void multiply(GemmProblem p) {
    int[] rows = PackedPanels.rows(p.rows(), 0, p.depth());
    int whole = p.outs() / RegisterTile.PANEL * RegisterTile.PANEL;
    for (int o = 0; o < whole; o += RegisterTile.PANEL) {
      for (int r = 0; r < p.rows(); r += RegisterTile.ROWS) {
        RegisterTile.multiply(
            p.x(), rows, 0, r, p.depth(), p.w(), o, p.outs(), p.y(), o, p.outs(), false);
      }
    }
    Edges.multiply(p, 0, p.rows(), whole);
  }
}
