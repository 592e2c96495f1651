// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

import dev.hubble.kernels.Ops;
import dev.hubble.kernels.OpsContract;
import dev.hubble.kernels.TestBackends;

final class CpuOps512Test extends OpsContract {
  @Override
  protected Ops open() {
    TestBackends.assumeWidth(512);
    return TestBackends.cpu(512, 3);
  }
}
