// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import static dev.hubble.kernels.Numbers.noise;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.kernels.DType;
import dev.hubble.kernels.HostTensor;
import dev.hubble.kernels.Padding;
import dev.hubble.kernels.Tensor;
import dev.hubble.kernels.Weight;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The life of a backend from its opening to its end, in which every function of the driver that
/// Hubble uses is called at least once.
final class BackendLife implements AutoCloseable {
  private final List<float[]> results = new ArrayList<>();
  private @Nullable CudaOps ops;

  /// Opens the backend and computes, the same each time.
  void work() {
    ops = MockDriver.openWithCopies(DType.F16);
    var w = ops.convWeight(HostTensor.of(noise(1, 24 * 24 * 9), 24, 24, 3, 3));
    var wide = ops.linearWeight(HostTensor.of(noise(2, 160 * 24), 160, 24));
    var c = ops.upload(HostTensor.of(noise(3, 24), 24));
    // Four times: the second time of a piece of work is recorded, the third is played.
    for (int step = 0; step < 4; step++) {
      step(step, w, wide, c);
    }
    clock(ops.device.driver());
  }

  private void step(int step, Weight w, Weight wide, Tensor c) {
    var here = Objects.requireNonNull(ops);
    try (var _ = here.openScope()) {
      Tensor x = here.upload(noise(4, 5 * 5 * 24), 1, 5, 5, 24);
      x = here.groupNormSilu(x, c, c, 4, 1e-5f);
      x = here.conv2d(x, w, c, 1, Padding.SAME);
      // So many rows that blocks for the product work in pairs.
      int[] ids = IntStream.range(0, 65).map(i -> (step + 7 * i) % 25).toArray();
      x = here.embedding(x.reshape(25, 24), ids);
      x = here.batch(x, x);
      results.add(here.linear(x, wide, null).toArray());
      var heads = here.upload(noise(5, 7 * 80), 1, 7, 80);
      results.add(here.attention(heads, heads, heads, 1, false).toArray());
      assertThat(here.freeBytes().orElseThrow()).isPositive();
    }
  }

  private static void clock(Driver driver) {
    var events = new ArrayList<Driver.Event>();
    try {
      for (int i = 0; i < 2; i++) {
        var event = driver.event();
        events.add(event);
        driver.mark(event);
        driver.await(event);
      }
      assertThat(driver.millis(events.getFirst(), events.getLast())).isNotNegative();
    } finally {
      events.forEach(driver::forget);
    }
  }

  /// What has been computed so far.
  List<float[]> results() {
    return results;
  }

  @Override
  public void close() {
    if (ops != null) {
      ops.close();
    }
  }
}
