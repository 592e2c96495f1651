// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThatCode;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Its thread would fail where nobody sees it.
class WarmUpTest {
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void staysInsideItsArrays(boolean plain) {
    var kernels = plain ? new PlainKernels() : KernelChoice.best();
    assertThatCode(() -> new WarmUp(kernels).run()).doesNotThrowAnyException();
  }
}
