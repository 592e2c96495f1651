// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import static dev.hubble.kernels.Numbers.noise;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.kernels.DType;
import dev.hubble.kernels.DeviceException;
import dev.hubble.kernels.DeviceException.Kind;
import dev.hubble.kernels.HostTensor;
import dev.hubble.kernels.Padding;
import dev.hubble.kernels.Tensor;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every function of the driver fails in turn, at its first call and at later ones: each time there
/// is an error that names it, and nothing is left on the device.
final class FailureTest {
  private static final int LOST = 719; // CUDA_ERROR_LAUNCH_FAILED

  /// Those that are called to give things back, where a failure helps nobody.
  private static final Set<String> FORGIVEN =
      Set.of(
          "cuDevicePrimaryCtxRelease",
          "cuEventDestroy",
          "cuGraphDestroy",
          "cuGraphExecDestroy",
          "cuMemFree",
          "cuMemFreeHost",
          "cuModuleUnload",
          "cuStreamDestroy");

  @BeforeAll
  static void load() {
    MockDriver.load();
  }

  @AfterEach
  void succeedAgain() {
    MockDriver.fail("");
  }

  static Stream<String> functions() {
    MockDriver.load();
    MockDriver.fail("");
    assertThat(run()).isNull();
    return Stream.of(
            "cuInit cuDriverGetVersion cuDeviceGetCount cuDevicePrimaryCtxRetain cuCtxSetCurrent",
            "cuStreamCreate cuDeviceGetName cuDeviceGetAttribute cuMemGetInfo cuMemAlloc cuMemFree",
            "cuMemHostAlloc cuMemFreeHost cuMemcpyHtoDAsync cuMemcpyDtoHAsync cuMemcpyDtoDAsync",
            "cuMemsetD8Async cuModuleLoadData cuModuleGetFunction cuFuncSetAttribute",
            "cuLaunchKernel cuStreamBeginCapture cuStreamEndCapture cuGraphInstantiate",
            "cuGraphLaunch cuGraphDestroy cuGraphExecDestroy cuEventCreate cuEventRecord",
            "cuEventSynchronize cuEventDestroy cuStreamSynchronize cuStreamDestroy",
            "cuModuleUnload cuDevicePrimaryCtxRelease cuTensorMapEncodeTiled")
        .flatMap(line -> Stream.of(line.split(" ")));
  }

  @ParameterizedTest
  @MethodSource("functions")
  void aFailureIsNamedAndLeavesNothing(String function) {
    long calls = callsOf(function);
    assertThat(calls).as("a whole run calls it").isPositive();
    for (long nth : List.of(1L, 2L, (calls + 1) / 2, calls)) {
      long before = MockDriver.liveObjects();
      MockDriver.fail(function + ":" + nth);
      var failure = run();
      MockDriver.fail("");
      var what = function + " at call " + nth + " of " + calls;
      // Memory that is refused once is asked for again; what goes wrong at the very end is not
      // told.
      if (!FORGIVEN.contains(function) && !function.equals("cuMemAlloc") && nth < calls) {
        assertThat(failure).as(what).isNotNull();
      }
      if (failure != null) {
        assertThat(failure.getMessage()).as(what).contains(function);
      }
      assertNothingLeft(what, function, before);
    }
  }

  @ParameterizedTest
  @MethodSource("functions")
  void aLostDeviceIsNamedAndLeavesNothing(String function) {
    long calls = callsOf(function);
    long before = MockDriver.liveObjects();
    MockDriver.fail(function + ":" + (calls + 1) / 2 + ":" + LOST);
    var failure = run();
    MockDriver.fail("");
    if (failure != null && failure.kind() != Kind.UNAVAILABLE) {
      assertThat(failure.kind()).as(function).isEqualTo(Kind.LOST);
    }
    assertNothingLeft(function, function, before);
    assertThat(run()).as("the next backend works").isNull();
  }

  @Test
  void aFullDeviceIsSaidToBeFull() {
    try (var ops = MockDriver.open(DType.F16)) {
      MockDriver.fail("cuMemAlloc:0:2");
      var failure = Objects.requireNonNull(attempt(() -> ops.upload(new float[8], 8)));
      assertThat(failure.kind()).isEqualTo(Kind.OUT_OF_MEMORY);
      assertThat(failure.error()).isEqualTo("CUDA_ERROR_OUT_OF_MEMORY");
      assertThat(failure.call()).isEqualTo("cuMemAlloc");
      assertThat(failure).hasMessageContaining("nvidia-smi").hasMessageContaining("are needed");
      MockDriver.fail("");
      assertThat(ops.upload(new float[] {3}, 1).toArray()).containsExactly(3);
    }
  }

  private static long callsOf(String function) {
    long before = MockDriver.calls(function);
    assertThat(run()).isNull();
    return MockDriver.calls(function) - before;
  }

  private static void assertNothingLeft(String what, String function, long before) {
    // What could not be given back is left, but only that.
    long most = FORGIVEN.contains(function) ? before + 1 : before;
    assertThat(MockDriver.liveObjects()).as(what).isBetween(before, most);
  }

  /// A whole life of a backend; the failure, if any.
  private static @Nullable DeviceException run() {
    return attempt(() -> {
      try (var ops = new CudaOps(Device.open(0, LaunchQueue.Mode.GRAPHS), DType.F16, true, true)) {
        var w = ops.convWeight(HostTensor.of(noise(1, 24 * 24 * 9), 24, 24, 3, 3));
        var wide = ops.linearWeight(HostTensor.of(noise(2, 160 * 24), 160, 24));
        var c = ops.upload(HostTensor.of(noise(3, 24), 24));
        for (int step = 0; step < 4; step++) {
          try (var _ = ops.openScope()) {
            Tensor x = ops.upload(noise(4, 5 * 5 * 24), 1, 5, 5, 24);
            x = ops.groupNormSilu(x, c, c, 4, 1e-5f);
            x = ops.conv2d(x, w, c, 1, Padding.SAME);
            x = ops.embedding(x.reshape(25, 24), new int[] {step, 3, 7});
            x = ops.batch(x, x);
            ops.linear(x, wide, null).toArray();
            var heads = ops.upload(noise(5, 7 * 80), 1, 7, 80);
            ops.attention(heads, heads, heads, 1, false).toArray();
            assertThat(ops.freeBytes().orElseThrow()).isPositive();
          }
        }
      }
    });
  }

  private static @Nullable DeviceException attempt(Runnable body) {
    try {
      body.run();
      return null;
    } catch (DeviceException e) {
      return e;
    }
  }
}
