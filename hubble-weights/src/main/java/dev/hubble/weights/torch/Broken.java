// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.torch;

import dev.hubble.weights.WeightsException;
import dev.hubble.weights.data.Quoted;

/// What is wrong with a file, as one sentence that says what to do about it.
final class Broken {
  private Broken() {}

  static WeightsException file(String file, String problem) {
    return new WeightsException(
        "%s is not a valid PyTorch file: %s; download or export it again."
            .formatted(file, problem));
  }

  static WeightsException tensor(String file, String tensor, String problem) {
    return new WeightsException(
        "%s: tensor %s cannot be read because %s; use a safetensors version of the model."
            .formatted(file, Quoted.of(tensor), problem));
  }

  /// A file that may be fine, but is none that Hubble reads.
  static WeightsException other(String file, String what, String instead) {
    return new WeightsException("%s %s; %s.".formatted(file, what, instead));
  }
}
