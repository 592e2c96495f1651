// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.safetensors;

import dev.hubble.weights.WeightsException;
import dev.hubble.weights.data.Quoted;

/// What is wrong with a file, as one sentence that says what to do about it.
final class Broken {
  private Broken() {}

  static WeightsException file(String file, String problem) {
    return new WeightsException(
        "%s is not a valid safetensors file: %s; download or export it again."
            .formatted(file, problem));
  }

  static WeightsException file(String file, String problem, Throwable cause) {
    WeightsException e = file(file, problem);
    e.initCause(cause);
    return e;
  }

  static WeightsException tensor(String file, String tensor, String problem) {
    return file(file, "tensor " + Quoted.of(tensor) + " " + problem);
  }

  static WeightsException index(String file, String problem) {
    return new WeightsException(
        "%s is not a valid index of shards: %s; download or export it again."
            .formatted(file, problem));
  }
}
