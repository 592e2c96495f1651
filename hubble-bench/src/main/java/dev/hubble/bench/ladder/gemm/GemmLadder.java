// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder.gemm;

import dev.hubble.bench.ladder.Rung;
import java.util.List;

/// The rungs of the matrix product, the plainest first.
public final class GemmLadder {
  /// The rungs.
  public static final List<Rung<GemmProblem>> RUNGS =
      List.of(
          Rung.of("three loops", ThreeLoops::multiply),
          Rung.of("loops exchanged", RowByRow::multiply),
          Rung.of("blocks for the cache", Blocked::multiply),
          Rung.of("one sum in a register", OneVector::multiply),
          Rung.of("4x4 vectors of sums", Tiled::multiply),
          new Rung<>("packed panels", 1, PackedPanels::prepare),
          new Rung<>("production, one thread", 1, p -> Production.prepare(p, 1)),
          new Rung<>(
              "production, all cores",
              Runtime.getRuntime().availableProcessors(),
              p -> Production.prepare(p, 0)));

  private GemmLadder() {}
}
