// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.kernels.DType;
import dev.hubble.kernels.HostTensor;
import dev.hubble.kernels.Weight;
import java.util.ArrayList;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Weights that nobody can reach give their memory back while the backend lives.
final class AbandonedTest {
  private static final int SIDE = 1024; // 2 MB in f16

  @AfterEach
  void succeedAgain() {
    MockDriver.fail("");
  }

  @Test
  void whatIsDroppedIsUsedAgainBeforeTheDriverIsAskedForMore() {
    long before = MockDriver.liveBytes(); // backends of other tests, which share the driver
    try (var ops = MockDriver.open(DType.F16)) {
      var kept = weight(ops, 1);
      // All at once, whenever the collector comes: what is held does not depend on it.
      var dropped = new ArrayList<Weight>();
      for (int i = 0; i < 20; i++) {
        dropped.add(weight(ops, 9));
      }
      long held = MockDriver.liveBytes();
      assertThat(dropped).doesNotContainNull().hasSize(20);
      dropped.clear();
      MockDriver.fail("cuMemAlloc:1:2"); // when it is asked for more, it has none
      var last = weight(ops, 3);
      fill(ops, 17); // a few of the first twenty may still be on this thread's stack
      assertThat(MockDriver.liveBytes()).isLessThanOrEqualTo(held);
      MockDriver.fail("");
      // What was kept is what it was, and the new one is right.
      var x = ops.upload(eye(), 1, SIDE);
      assertThat(ops.linear(x, kept, null).toArray()[0]).isEqualTo(1);
      assertThat(ops.linear(x, last, null).toArray()[0]).isEqualTo(3);
    }
    assertThat(MockDriver.liveBytes()).isEqualTo(before);
  }

  @Test
  void whatIsReachableStays() {
    try (var ops = MockDriver.open(DType.F16)) {
      var weights = new Weight[6];
      for (int i = 0; i < weights.length; i++) {
        weights[i] = weight(ops, i);
      }
      System.gc();
      MockDriver.fail("cuMemAlloc:1:2");
      fill(ops, 12);
      MockDriver.fail("");
      var x = ops.upload(eye(), 1, SIDE);
      for (int i = 0; i < weights.length; i++) {
        assertThat(ops.linear(x, weights[i], null).toArray()[0]).isEqualTo(i);
      }
    }
  }

  /// Packs weights that nobody keeps.
  private static void fill(CudaOps ops, int n) {
    for (int i = 0; i < n; i++) {
      weight(ops, 9);
    }
  }

  private static Weight weight(CudaOps ops, float value) {
    float[] numbers = new float[SIDE * SIDE];
    Arrays.fill(numbers, value);
    return ops.linearWeight(HostTensor.of(numbers, SIDE, SIDE));
  }

  private static float[] eye() {
    float[] x = new float[SIDE];
    x[0] = 1;
    return x;
  }
}
