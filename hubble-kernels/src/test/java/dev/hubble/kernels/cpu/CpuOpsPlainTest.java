// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

import dev.hubble.kernels.Ops;
import dev.hubble.kernels.OpsContract;
import dev.hubble.kernels.TestBackends;

final class CpuOpsPlainTest extends OpsContract {
  @Override
  protected Ops open() {
    return TestBackends.cpu(0, 2);
  }
}
