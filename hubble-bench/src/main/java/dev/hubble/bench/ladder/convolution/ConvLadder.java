// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder.convolution;

import dev.hubble.bench.ladder.Rung;
import java.util.List;

/// The rungs of the 3x3 convolution, the plainest first.
public final class ConvLadder {
  /// The rungs.
  public static final List<Rung<ConvProblem>> RUNGS =
      List.of(
          Rung.of("loops", DirectLoops::convolve),
          new Rung<>("im2col and a product", 1, Im2col::prepare),
          new Rung<>("product without the copy", 1, Implicit::prepare),
          new Rung<>("Winograd F(2x2)", 1, c -> Winograd.prepare(c, Transforms.F2)),
          new Rung<>("Winograd F(4x4)", 1, c -> Winograd.prepare(c, Transforms.F4)),
          new Rung<>("production, one thread", 1, c -> Production.prepare(c, 1)),
          new Rung<>(
              "production, all cores",
              Runtime.getRuntime().availableProcessors(),
              c -> Production.prepare(c, 0)));

  private ConvLadder() {}
}
