// SPDX-License-Identifier: Apache-2.0
package dev.hubble.nn;

import dev.hubble.HubbleException;
import dev.hubble.kernels.DType;
import dev.hubble.weights.StoredTensor;

/// Which of a backend's number formats a stored tensor becomes.
final class Floats {
  private Floats() {}

  static DType dtype(StoredTensor tensor) {
    return switch (tensor.type()) {
      case F16 -> DType.F16;
      case BF16 -> DType.BF16;
      case F32, F64 -> DType.F32;
      default ->
          throw new HubbleException.Model(
              "%s: the weight %s is stored as %s; weights must be F32, F16 or BF16."
                  .formatted(tensor.file(), tensor.name(), tensor.type()));
    };
  }
}
