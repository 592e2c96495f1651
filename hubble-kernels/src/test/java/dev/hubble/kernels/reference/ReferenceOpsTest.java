// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.reference;

import dev.hubble.kernels.Ops;
import dev.hubble.kernels.OpsContract;

final class ReferenceOpsTest extends OpsContract {
  @Override
  protected Ops open() {
    return new ReferenceOps(true);
  }
}
