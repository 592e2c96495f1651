// SPDX-License-Identifier: Apache-2.0
package dev.hubble.schedulers;

import dev.hubble.kernels.Tensor;
import dev.hubble.random.SeedSequence;
import java.math.BigDecimal;
import java.math.RoundingMode;

/// One path of Brownian motion `B(t)` that can be asked about any two times in any order, and
/// always answers from the same path. It is torchsde's `BrownianInterval` with `halfway_tree`
/// (Kidger et al., 2021, arXiv:2105.13493), seeded and rounded alike, so that the noise is the
/// same, too.
///
/// The increment over the whole span is drawn first. Given an increment `W` over an interval of
/// lengths `l + r`, that of its left part is normal around the share of its length (a "Brownian
/// bridge"):
///
/// ```
/// W_left = l/(l+r) W + √(l r/(l+r)) z          W_right = W - W_left
/// ```
///
/// Halving again and again reaches any time. The `z` of an interval comes from a generator of its
/// own, whose seed depends on the interval's place in the tree alone.
final class BrownianTree {
  /// Times are rounded to so many decimals, where the halving ends.
  private static final int DECIMALS = 6;

  private final double start;
  private final double end;
  private final Noise noise;
  private final Tensor whole;

  BrownianTree(double from, double to, Noise noise) {
    this.start = round(from);
    this.end = round(to);
    this.noise = noise;
    Tensor z = noise.fresh(seed -> SeedSequence.of(seed).firstWord());
    this.whole = new WeightedSum().add(Math.sqrt(end - start), z).compute();
  }

  /// As Python does, by all digits of the binary number: halves of the last decimal are no ties,
  /// and the other way round is another path.
  private static double round(double t) {
    return new BigDecimal(t).setScale(DECIMALS, RoundingMode.HALF_EVEN).doubleValue();
  }

  /// Noise of variance 1 from the path between `from` and a lesser `to`: a sampler walks down.
  Tensor noise(double from, double to) {
    double scale = 1 / Math.sqrt(from - to);
    var sum = new WeightedSum();
    add(sum, scale, to);
    add(sum, -scale, from);
    return sum.compute();
  }

  /// Adds `weight · (B(time) - B(start))`: all increments that lie left of the time.
  private void add(WeightedSum sum, double weight, double time) {
    double t = round(time);
    double left = start;
    double right = end;
    Tensor increment = whole; // from left to right
    int key = 0;
    for (int depth = 0; t > left && t < right; depth++) {
      double middle = round((left + right) / 2);
      int place = key;
      int level = depth;
      Tensor z = noise.fresh(seed -> SeedSequence.of(seed, place, level).firstWord());
      double l = middle - left;
      double r = right - middle;
      Tensor first =
          new WeightedSum()
              .add(l / (l + r), increment)
              .add(Math.sqrt(l * r / (l + r)), z)
              .compute();
      if (t < middle) {
        right = middle;
        increment = first;
        key = 2 * key;
      } else {
        left = middle;
        increment = new WeightedSum().add(1, increment).add(-1, first).compute();
        sum.add(weight, first);
        key = 2 * key + 1;
      }
    }
    if (t >= right) {
      sum.add(weight, increment);
    }
  }
}
