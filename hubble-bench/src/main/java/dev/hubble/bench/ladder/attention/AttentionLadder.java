// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder.attention;

import dev.hubble.bench.ladder.Rung;
import java.util.List;

/// The rungs of attention, the plainest first.
public final class AttentionLadder {
  /// The rungs.
  public static final List<Rung<AttentionProblem>> RUNGS =
      List.of(
          Rung.of("loops", ScoreMatrix::attend),
          Rung.of("products from tiles", p -> VectorProducts.attend(p, ScoreMatrix::softmax)),
          Rung.of("exponentials in vectors", p -> VectorProducts.attend(p, VectorSoftmax::softmax)),
          Rung.of("no score matrix", Flash::attend),
          new Rung<>("queries in lanes: production, one thread", 1, p -> Production.prepare(p, 1)),
          new Rung<>(
              "production, all cores",
              Runtime.getRuntime().availableProcessors(),
              p -> Production.prepare(p, 0)));

  private AttentionLadder() {}
}
