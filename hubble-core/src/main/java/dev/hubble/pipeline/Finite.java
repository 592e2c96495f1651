// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import dev.hubble.HubbleException;
import dev.hubble.kernels.Tensor;

/// Stops at the first number that is none, and names the place: a picture that turns black tells
/// nobody why.
final class Finite {
  private Finite() {}

  static float[] check(float[] values, String where) {
    int bad = 0;
    for (float v : values) {
      if (!Float.isFinite(v)) {
        bad++;
      }
    }
    if (bad > 0) {
      throw new HubbleException.NotANumber(
          "%s produced %d values of %d that are infinite or not a number; the model's weights are damaged or overflow."
              .formatted(where, bad, values.length));
    }
    return values;
  }

  /// The same of what a caller gave.
  static void checkGiven(float[] values, String what) {
    for (float v : values) {
      if (!Float.isFinite(v)) {
        throw new HubbleException.BadRequest(
            "The new %s hold %s; all of them must be numbers.".formatted(what, v));
      }
    }
  }

  static Tensor check(Tensor x, String where) {
    check(x.toArray(), where);
    return x;
  }
}
