// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.kernels.DType;
import dev.hubble.kernels.HostTensor;
import dev.hubble.kernels.Numbers;
import dev.hubble.kernels.Tensor;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Guidance and the scheduler's step after it are one launch, and the numbers do not tell.
final class WeightedSumsTest {
  private static final int SIZE = 8 * 8 * 4;
  private static final float[] GUIDANCE = {-6.5f, 7.5f};
  private static final float[] STEP = {0.97f, -0.125f, 0.3f};

  @BeforeAll
  static void loadTheDriver() {
    MockDriver.load();
  }

  /// The backend as programs have it: to poison memory would be a launch, too.
  private static CudaOps open(DType type, LaunchQueue.Mode mode) {
    return new CudaOps(Device.open(0, mode), type, false);
  }

  /// What a UNet answers, in its format, and latents, which are floats.
  private record Given(CudaOps ops, Tensor answers, Tensor x, Tensor old) {
    Given(CudaOps ops) {
      this(
          ops,
          ops.upload(HostTensor.of(Numbers.noise(1, 2 * SIZE, 1), 2, 8, 8, 4)),
          ops.upload(Numbers.noise(2, SIZE, 1), 1, 8, 8, 4),
          ops.upload(Numbers.noise(3, SIZE, 1), 1, 8, 8, 4));
    }

    /// As in a pipeline: the memory of the answers is free again before the step takes some.
    Tensor guided() {
      return ops.scope(() -> {
        var both = ops.add(answers, answers);
        return ops.weightedSum(GUIDANCE, ops.slice(both, 0, 1), ops.slice(both, 1, 2));
      });
    }
  }

  /// What `work` makes, and in how many launches.
  private record Made(float[] numbers, long launches) {
    static Made of(CudaOps ops, Supplier<Tensor> work) {
      ops.device.queue().flush();
      long before = launched();
      float[] numbers = work.get().toArray();
      return new Made(numbers, launched() - before);
    }

    /// A GPU does not count: there the numbers alone are compared.
    private static long launched() {
      return MockDriver.isReal() ? 0 : MockDriver.launches();
    }

    void tookLaunches(long expected) {
      assertThat(launches).isEqualTo(MockDriver.isReal() ? 0 : expected);
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void aStepJoinsTheGuidanceBeforeIt(DType type) {
    try (var one = open(type, LaunchQueue.Mode.GRAPHS);
        var two = open(type, LaunchQueue.Mode.WAIT);
        var _ = one.openScope();
        var _ = two.openScope()) {
      var together = new Given(one);
      var apart = new Given(two);
      // Often enough that the launches become a graph.
      for (int step = 0; step < 4; step++) {
        var made = Made.of(one, () -> step(together, together.guided(), together.old));
        var expected = Made.of(two, () -> step(apart, apart.guided(), apart.old));
        assertThat(made.numbers).as("step %s", step).containsExactly(expected.numbers);
        expected.tookLaunches(3); // the answers' sum, guidance, step
        made.tookLaunches(2);
      }
    }
  }

  private static Tensor step(Given given, Tensor guided, Tensor old) {
    return given.ops.weightedSum(STEP, given.x, guided, old);
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void theGuidedAnswerIsThereForLaterSteps(DType type) {
    try (var ops = open(type, LaunchQueue.Mode.GRAPHS);
        var _ = ops.openScope()) {
      var given = new Given(ops);
      float[] alone = given.guided().toArray();
      var guided = given.guided();
      step(given, guided, given.old);
      assertThat(guided.toArray()).containsExactly(alone);
    }
  }

  /// Wherever the two stand among the sixty-four launches that go to the GPU together.
  @Test
  void theyMeetAtAnyPlaceOfTheQueue() {
    try (var ops = open(DType.F16, LaunchQueue.Mode.GRAPHS);
        var _ = ops.openScope()) {
      var given = new Given(ops);
      float[] expected = step(given, given.guided(), given.old).toArray();
      for (int before = 58; before < 68; before++) {
        int silus = before;
        var made =
            Made.of(
                ops,
                () -> {
                  for (int i = 0; i < silus; i++) {
                    ops.silu(given.answers);
                  }
                  return step(given, given.guided(), given.old);
                });
        assertThat(made.numbers).as("%s launches before", before).containsExactly(expected);
        made.tookLaunches(before + 2);
      }
    }
  }

  @Test
  void whatComesBetweenKeepsThemApart() {
    try (var ops = open(DType.F16, LaunchQueue.Mode.GRAPHS);
        var _ = ops.openScope()) {
      var given = new Given(ops);
      float[] expected = step(given, given.guided(), given.old).toArray();
      var launched =
          Made.of(
              ops,
              () -> {
                var guided = given.guided();
                ops.silu(given.answers);
                return step(given, guided, given.old);
              });
      assertThat(launched.numbers).containsExactly(expected);
      launched.tookLaunches(4);
      var read =
          Made.of(
              ops,
              () -> {
                var guided = given.guided();
                assertThat(guided.toArray()).hasSize(SIZE);
                return step(given, guided, given.old);
              });
      assertThat(read.numbers).containsExactly(expected);
      read.tookLaunches(3);
    }
  }

  /// A picture of the answer first, then a step from that: of three sums the first two are one.
  @Test
  void theThirdOfThreeSumsIsItsOwn() {
    try (var one = open(DType.F16, LaunchQueue.Mode.GRAPHS);
        var two = open(DType.F16, LaunchQueue.Mode.WAIT);
        var _ = one.openScope();
        var _ = two.openScope()) {
      var together = new Given(one);
      var apart = new Given(two);
      var made = Made.of(one, () -> threeSums(together));
      var expected = Made.of(two, () -> threeSums(apart));
      assertThat(made.numbers).containsExactly(expected.numbers);
      expected.tookLaunches(4);
      made.tookLaunches(3);
    }
  }

  private static Tensor threeSums(Given given) {
    var guided = given.guided();
    var picture = given.ops.weightedSum(new float[] {1.5f, -0.5f}, given.x, guided);
    return given.ops.weightedSum(
        new float[] {0.5f, 0.25f, 2, -1, 1}, picture, picture, given.x, guided, given.old);
  }

  /// The first image of a batch begins where the batch does.
  @Test
  void anImageOfTheGuidedBatchIsNotTheBatch() {
    try (var one = open(DType.F16, LaunchQueue.Mode.GRAPHS);
        var two = open(DType.F16, LaunchQueue.Mode.WAIT);
        var _ = one.openScope();
        var _ = two.openScope()) {
      var made = Made.of(one, () -> firstImage(new Given(one)));
      var expected = Made.of(two, () -> firstImage(new Given(two)));
      assertThat(made.numbers).hasSize(SIZE).containsExactly(expected.numbers);
      made.tookLaunches(expected.launches);
    }
  }

  private static Tensor firstImage(Given given) {
    var ops = given.ops;
    var batch = ops.weightedSum(GUIDANCE, given.answers, given.answers);
    return ops.weightedSum(new float[] {2}, ops.slice(batch, 0, 1));
  }

  /// More terms than one launch takes, the guided one among them, twice.
  @Test
  void longSumsAreLaunchedAlone() {
    try (var one = open(DType.F16, LaunchQueue.Mode.GRAPHS);
        var two = open(DType.F16, LaunchQueue.Mode.WAIT);
        var _ = one.openScope();
        var _ = two.openScope()) {
      for (int terms : new int[] {2, 8, 9, 15}) {
        var made = Made.of(one, () -> longSum(new Given(one), terms));
        var expected = Made.of(two, () -> longSum(new Given(two), terms));
        assertThat(made.numbers).as("%s terms", terms).containsExactly(expected.numbers);
        made.tookLaunches(expected.launches - (terms <= 8 ? 1 : 0));
      }
    }
  }

  private static Tensor longSum(Given given, int terms) {
    var guided = given.guided();
    float[] weights = Numbers.noise(terms, terms, 1);
    var xs = new Tensor[terms];
    for (int i = 0; i < terms; i++) {
      xs[i] = i == 1 || i == terms - 1 ? guided : given.old;
    }
    return given.ops.weightedSum(weights, xs);
  }
}
