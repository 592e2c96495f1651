// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import dev.hubble.kernels.DType;
import dev.hubble.kernels.Numbers;
import dev.hubble.kernels.Ops;
import dev.hubble.kernels.OpsContract;

final class CudaOpsBf16Test extends OpsContract {
  @Override
  protected Ops open() {
    // The copy engine for products of any size; the contract for F16 leaves it the large ones.
    return MockDriver.openWithCopies(DType.BF16);
  }

  @Override
  protected float rounded(float x) {
    return Numbers.bf16(x);
  }

  @Override
  protected double rounding() {
    return 0x1p-8;
  }
}
