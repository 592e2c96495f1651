// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import dev.hubble.kernels.DType;
import dev.hubble.kernels.Ops;
import dev.hubble.kernels.OpsContract;

final class CudaOpsF32Test extends OpsContract {
  @Override
  protected Ops open() {
    return MockDriver.open(DType.F32);
  }
}
