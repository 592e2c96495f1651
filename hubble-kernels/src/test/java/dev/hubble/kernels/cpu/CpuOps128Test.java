// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

import dev.hubble.kernels.Ops;
import dev.hubble.kernels.OpsContract;
import dev.hubble.kernels.TestBackends;

final class CpuOps128Test extends OpsContract {
  @Override
  protected Ops open() {
    TestBackends.assumeWidth(128);
    return TestBackends.cpu(128, 3);
  }
}
