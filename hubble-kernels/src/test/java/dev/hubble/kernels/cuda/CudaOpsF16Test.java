// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import dev.hubble.kernels.DType;
import dev.hubble.kernels.Ops;
import dev.hubble.kernels.OpsContract;

final class CudaOpsF16Test extends OpsContract {
  @Override
  protected Ops open() {
    return MockDriver.open(DType.F16);
  }

  @Override
  protected float rounded(float x) {
    return Float.float16ToFloat(Float.floatToFloat16(x));
  }

  @Override
  protected double rounding() {
    return 0x1p-11;
  }
}
