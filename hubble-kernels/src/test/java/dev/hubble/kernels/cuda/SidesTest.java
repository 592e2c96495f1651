// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubble.kernels.DType;
import dev.hubble.kernels.HostTensor;
import dev.hubble.kernels.Numbers;
import dev.hubble.kernels.Tensor;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A skip connection beside what it skipped: read where it is, never copied.
final class SidesTest {
  private CudaOps ops;

  @BeforeEach
  void open() {
    ops = MockDriver.open(DType.F16);
  }

  @AfterEach
  void close() {
    ops.close();
  }

  private Tensor noise(long seed, int... shape) {
    int n = 1;
    for (int d : shape) {
      n *= d;
    }
    return ops.upload(HostTensor.of(Numbers.noise(seed, n, 1), shape)); // in the backend's format
  }

  private long launches(Supplier<Tensor> work) {
    ops.download(noise(1, 8)); // what waits in the queue goes first
    long before = MockDriver.launches();
    ops.download(work.get());
    return MockDriver.launches() - before;
  }

  @Test
  void aResidualBlockReadsBothSidesAsTheyAre() {
    try (var _ = ops.openScope()) {
      var x = noise(1, 2, 4, 4, 40);
      var y = noise(2, 2, 4, 4, 24);
      var whole = noise(3, 2, 4, 4, 64);
      var c = noise(4, 64);
      var w = ops.linearWeight(HostTensor.of(Numbers.noise(5, 16 * 64, 1), 16, 64));
      assertThat(launches(() -> ops.groupNormSilu(ops.concat(x, y), c, c, 8, 1e-5f)))
          .isEqualTo(launches(() -> ops.groupNormSilu(whole, c, c, 8, 1e-5f)));
      assertThat(launches(() -> ops.linear(ops.concat(x, y), w, null)))
          .isEqualTo(launches(() -> ops.linear(whole, w, null)));
      // One kernel more writes it down, once.
      var both = ops.concat(x, y);
      assertThat(launches(() -> ops.silu(both))).isEqualTo(1 + launches(() -> ops.silu(whole)));
      assertThat(launches(() -> ops.silu(both))).isEqualTo(launches(() -> ops.silu(whole)));
    }
  }

  @Test
  void bothSidesStayAsLongAsTheyAreNeeded() {
    int before = ops.liveBlocks();
    try (var _ = ops.openScope()) {
      var y = noise(2, 3, 8);
      Tensor kept;
      try (var inner = ops.openScope()) {
        kept = inner.keep(ops.concat(noise(1, 3, 16), y));
        ops.concat(y, y); // never used
      }
      noise(3, 3, 16); // would take the place of what was given back
      assertThat(kept.toArray())
          .containsExactly(ops.concat(noise(1, 3, 16), noise(2, 3, 8)).toArray());
    }
    assertThat(ops.liveBlocks()).isEqualTo(before);
  }

  @Test
  void anEndedConcatenationSaysSo() {
    Tensor both;
    try (var _ = ops.openScope()) {
      both = ops.concat(noise(1, 3, 16), noise(2, 3, 8));
    }
    assertThatThrownBy(
            () -> ops.linear(both, ops.linearWeight(HostTensor.of(new float[24], 1, 24)), null))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("recycled");
  }

  @Test
  void outsideEveryScopeItLivesOn() {
    var both = ops.concat(noise(1, 3, 16), noise(2, 3, 8));
    float[] first = both.toArray();
    System.gc();
    noise(3, 3, 24);
    assertThat(both.toArray()).containsExactly(first);
  }
}
