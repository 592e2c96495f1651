// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.kernels.DType;
import dev.hubble.kernels.DeviceException;
import dev.hubble.kernels.DeviceException.Kind;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Every function of the driver fails in turn, at its first call and at later ones: each time there
/// is an error that names it, or the right numbers; and nothing is left on the device.
@Timeout(120)
final class FailureTest {
  private static final int LOST = 719; // CUDA_ERROR_LAUNCH_FAILED
  private static final int NOT_PERMITTED = 800; // an error that nothing is made of

  /// Those that are called to give things back, where a failure helps nobody.
  private static final Set<String> FORGIVEN =
      Set.of(
          "cuDevicePrimaryCtxRelease",
          "cuEventDestroy",
          "cuGraphDestroy",
          "cuGraphExecDestroy",
          "cuMemFreeHost",
          "cuModuleUnload",
          "cuStreamDestroy");

  private static final List<String> FUNCTIONS =
      Stream.of(
              "cuInit cuDriverGetVersion cuDeviceGetCount cuDevicePrimaryCtxRetain cuCtxSetCurrent",
              "cuStreamCreate cuDeviceGetName cuDeviceGetAttribute cuMemGetInfo cuMemAlloc cuMemFree",
              "cuMemHostAlloc cuMemFreeHost cuMemcpyHtoDAsync cuMemcpyDtoHAsync cuMemcpyDtoDAsync",
              "cuMemsetD8Async cuModuleLoadData cuModuleGetFunction cuFuncSetAttribute",
              "cuLaunchKernel cuStreamBeginCapture cuStreamEndCapture cuGraphInstantiate",
              "cuGraphLaunch cuGraphDestroy cuGraphExecDestroy cuEventCreate cuEventRecord",
              "cuEventSynchronize cuEventElapsedTime cuEventDestroy cuStreamSynchronize",
              "cuStreamDestroy cuModuleUnload cuDevicePrimaryCtxRelease cuTensorMapEncodeTiled",
              "cuLaunchKernelEx")
          .flatMap(line -> Stream.of(line.split(" ")))
          .toList();

  /// How often a life that goes well calls a function.
  ///
  /// @param working until the backend is closed
  /// @param all to the end
  private record Calls(long working, long all) {}

  private static final Map<String, Calls> CALLS = new TreeMap<>();
  private static List<float[]> right = List.of();

  @BeforeAll
  static void live() {
    MockDriver.load();
    MockDriver.fail("");
    run(); // loads what the first life alone loads
    var before = counts();
    var life = new BackendLife();
    var failure = attempt(life::work);
    var working = counts();
    life.close();
    var all = counts();
    assertThat(failure).isNull();
    right = life.results();
    for (int i = 0; i < FUNCTIONS.size(); i++) {
      CALLS.put(FUNCTIONS.get(i), new Calls(working[i] - before[i], all[i] - before[i]));
    }
  }

  private static long[] counts() {
    return FUNCTIONS.stream().mapToLong(MockDriver::calls).toArray();
  }

  @AfterEach
  void succeedAgain() {
    MockDriver.fail("");
  }

  static List<String> functions() {
    return FUNCTIONS;
  }

  @ParameterizedTest
  @MethodSource("functions")
  void aFailureIsNamedAndLeavesNothing(String function) {
    var calls = Objects.requireNonNull(CALLS.get(function));
    assertThat(calls.all).as("a whole life calls it").isPositive();
    for (long nth : positions(calls)) {
      fails(function, nth, function + ":" + nth + ":" + NOT_PERMITTED);
    }
    long middle = (calls.all + 1) / 2;
    var forGood =
        IntStream.range(0, 100)
            .mapToObj(i -> function + ":" + (middle + i) + ":" + NOT_PERMITTED)
            .collect(Collectors.joining(","));
    long before = MockDriver.liveObjects();
    MockDriver.fail(forGood);
    run();
    MockDriver.fail("");
    if (!FORGIVEN.contains(function) && !function.equals("cuMemFree")) {
      assertThat(MockDriver.liveObjects()).as(function + " from the middle on").isEqualTo(before);
    }
  }

  private static void fails(String function, long nth, String spec) {
    var what = spec + " of " + CALLS.get(function);
    var calls = Objects.requireNonNull(CALLS.get(function));
    long before = MockDriver.liveObjects();
    long bytes = MockDriver.liveBytes();
    var life = new BackendLife();
    MockDriver.fail(spec);
    var failure = attempt(life::work);
    life.close();
    MockDriver.fail("");
    if (nth <= calls.working && !FORGIVEN.contains(function)) {
      assertThat(failure).as(what).isNotNull();
    }
    if (failure == null) {
      assertRight(what, life.results());
    } else {
      assertThat(failure.getMessage()).as(what).contains(function);
    }
    // What could not be given back is left, but only that.
    boolean gives = FORGIVEN.contains(function) || function.equals("cuMemFree");
    assertThat(MockDriver.liveObjects()).as(what).isBetween(before, gives ? before + 1 : before);
    if (!gives) {
      assertThat(MockDriver.liveBytes()).as(what).isEqualTo(bytes);
    }
  }

  /// At which calls to fail: some; with `-Dhubble.failures.all=true`, which takes two minutes, all.
  private static Set<Long> positions(Calls calls) {
    if (Boolean.getBoolean("hubble.failures.all")) {
      return LongStream.rangeClosed(1, calls.all)
          .boxed()
          .collect(Collectors.toCollection(TreeSet::new));
    }
    var some = List.of(1L, 2L, (calls.all + 1) / 2, calls.working, calls.all);
    return some.stream()
        .filter(nth -> nth >= 1 && nth <= calls.all)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @ParameterizedTest
  @MethodSource("functions")
  void aLostDeviceIsNamedAndLeavesNothing(String function) {
    var calls = Objects.requireNonNull(CALLS.get(function));
    long before = MockDriver.liveObjects();
    MockDriver.fail(function + ":" + (calls.all + 1) / 2 + ":" + LOST);
    var failure = run();
    MockDriver.fail("");
    if (failure != null && failure.kind() != Kind.UNAVAILABLE) {
      assertThat(failure.kind()).as(function).isEqualTo(Kind.LOST);
    }
    assertThat(MockDriver.liveObjects()).as(function).isBetween(before, before + 1);
    assertThat(run()).as("the next backend works").isNull();
  }

  @Test
  void memoryThatIsRefusedOnceIsAskedForAgain() {
    MockDriver.fail("cuMemAlloc:1:2");
    assertThat(run()).isNull();
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

  @Test
  void anErrorThatTheDriverHasNoNameForHasItsNumber() {
    MockDriver.fail("cuMemGetInfo:1:12345");
    var failure = Objects.requireNonNull(run());
    assertThat(failure.error()).isEqualTo("CUDA error 12345");
    assertThat(failure).hasMessageContaining("(CUDA error 12345 in cuMemGetInfo)");
  }

  /// What `--device cuda` says first when a GPU cannot be had.
  @ParameterizedTest
  @CsvSource({
    "cuDevicePrimaryCtxRetain, 46, UNAVAILABLE, in use by another process, nvidia-smi names it",
    "cuDevicePrimaryCtxRetain, 2, OUT_OF_MEMORY, too little free memory, end other programs",
    "cuInit, 100, UNAVAILABLE, finds no GPU, CUDA_VISIBLE_DEVICES",
    "cuInit, 803, UNAVAILABLE, different versions, Reboot",
    "cuInit, 802, UNAVAILABLE, not ready yet, nvidia-fabricmanager",
    "cuModuleLoadData, 209, UNAVAILABLE, no kernels for this GPU, newer Hubble",
    "cuLaunchKernel, 719, LOST, stopped working, Restart the program",
    "cuStreamSynchronize, 214, LOST, error in its memory, Xid",
    "cuStreamSynchronize, 700, LOST, not its own, dmesg"
  })
  void whatAUserReads(String function, int code, Kind kind, String why, String advice) {
    MockDriver.fail(function + ":1:" + code);
    var failure = Objects.requireNonNull(run());
    assertThat(failure.kind()).isEqualTo(kind);
    assertThat(failure).hasMessageContaining(why).hasMessageContaining(advice);
    assertThat(failure.getMessage()).doesNotContain("\n");
  }

  private static void assertRight(String what, List<float[]> results) {
    assertThat(results).as(what).hasSameSizeAs(right);
    for (int i = 0; i < right.size(); i++) {
      assertThat(Arrays.equals(results.get(i), right.get(i))).as(what + ": result " + i).isTrue();
    }
  }

  private static @Nullable DeviceException run() {
    var life = new BackendLife();
    try {
      return attempt(life::work);
    } finally {
      life.close();
    }
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
