// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder.attention;

import dev.hubble.bench.ladder.OnBackend;

/// The last rung: [dev.hubble.kernels.Ops#attention] of the backend `cpu`. It turns the block
/// around: a lane of a vector is a query. Then maxima and sums are taken lane by lane, and the
/// width of a head is the number of rows of a product instead of its columns, so that nothing is
/// filled up.
final class Production {
  private Production() {}

  static OnBackend prepare(AttentionProblem p, int threads) {
    return new OnBackend(
        threads,
        ops -> {
          var q = ops.upload(p.q(), 1, p.queries(), p.channels());
          var k = ops.upload(p.k(), 1, p.keys(), p.channels());
          var v = ops.upload(p.v(), 1, p.keys(), p.channels());
          return () -> ops.attention(q, k, v, p.heads(), false);
        },
        p.y());
  }
}
