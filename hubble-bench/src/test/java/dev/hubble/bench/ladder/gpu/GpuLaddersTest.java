// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubble.kernels.Backends;
import dev.hubble.kernels.HostTensor;
import dev.hubble.kernels.Padding;
import dev.hubble.kernels.cuda.Workbench;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Every rung of every GPU ladder, emulated, at sizes that fit no tile.
class GpuLaddersTest {
  private static final List<String> GEMM =
      List.of("1x8x8", "3x16x24", "77x40x72", "130x136x200", "257x8x40");
  private static final List<String> CONVOLUTION =
      List.of("1x1x1x8x8", "2x3x5x8x16", "1x9x15x16x136", "2x8x8x40x24");
  private static final List<String> ATTENTION =
      List.of("1x1x1x1x8", "1x3x2x2x40", "2x65x77x2x40", "1x20x300x1x160", "1x64x64x3x80");

  @BeforeAll
  static void loadTheMockDriver() {
    MockGpu.load();
  }

  @TestFactory
  Stream<DynamicTest> gemm() {
    return tests("gemm", GEMM);
  }

  @TestFactory
  Stream<DynamicTest> convolution() {
    return tests("convolution", CONVOLUTION);
  }

  @TestFactory
  Stream<DynamicTest> attention() {
    return tests("attention", ATTENTION);
  }

  private static Stream<DynamicTest> tests(String name, List<String> shapes) {
    var ladder = GpuLadder.of(name);
    return shapes.stream()
        .map(shape -> DynamicTest.dynamicTest(name + " " + shape, () -> climb(ladder, shape)));
  }

  private static void climb(GpuLadder ladder, String shape) {
    var problem = ladder.prepare(shape);
    try (var bench = Workbench.open(0, BaselineProgram.PACK, Workbench.Feed.THREADS)) {
      var rungs = problem.rungs(bench);
      assertThat(rungs).hasSizeGreaterThanOrEqualTo(3);
      for (var rung : rungs) {
        check(bench, problem, rung);
      }
    }
    if (ladder.copies()) {
      GpuLadderRun.HOPPER.forEach((feed, title) -> {
        try (var bench = Workbench.open(0, BaselineProgram.PACK, feed)) {
          check(bench, problem, problem.production(bench, title));
        }
      });
    }
  }

  private static void check(Workbench bench, GpuProblem problem, GpuRung rung) {
    // Twice: nothing may be left over from the first time.
    for (int time = 0; time < 2; time++) {
      try (var _ = bench.ops().openScope()) {
        assertThat(problem.error(rung.call().get().toArray()))
            .as(rung.title())
            .isLessThanOrEqualTo(problem.limit());
      }
    }
  }

  /// What the rungs are held to is what the reference backend computes.
  @ParameterizedTest
  @CsvSource({"gemm, 7x16x40", "convolution, 2x3x5x8x16", "attention, 2x5x9x2x40"})
  void theReferenceBackendAgrees(String name, String shape) {
    var problem = GpuLadder.of(name).prepare(shape);
    try (var ops = Backends.open("reference", Backends.Options.DEFAULT)) {
      var y =
          switch (problem) {
            case GpuGemm p ->
                ops.linear(
                    ops.upload(p.x(), p.m(), p.k()),
                    ops.linearWeight(HostTensor.of(p.w(), p.n(), p.k())),
                    null);
            case GpuConvolution p ->
                ops.conv2d(
                    ops.upload(p.x(), p.images(), p.height(), p.width(), p.in()),
                    ops.convWeight(HostTensor.of(p.filters(), p.out(), p.in(), 3, 3)),
                    ops.upload(new float[p.out()], p.out()),
                    1,
                    Padding.SAME);
            case GpuAttention p ->
                ops.attention(
                    ops.upload(p.q(), p.images(), p.queries(), p.channels()),
                    ops.upload(p.k(), p.images(), p.keys(), p.channels()),
                    ops.upload(p.v(), p.images(), p.keys(), p.channels()),
                    p.heads(),
                    false);
            default -> throw new AssertionError(name);
          };
      assertThat(problem.error(y.toArray())).isLessThanOrEqualTo(1e-6);
    }
  }

  @Test
  void aWrongResultIsNoResult() {
    var problem = GpuGemm.of(4, 8, 16);
    float[] y = new float[32];
    for (int i = 0; i < y.length; i++) {
      y[i] = (float) problem.expected(i);
    }
    assertThat(problem.error(y)).isLessThanOrEqualTo(1e-6);
    y[17] += 0.1f;
    assertThat(problem.error(y)).isGreaterThan(problem.limit());
    y[17] = Float.NaN;
    assertThat(problem.error(y) <= problem.limit()).isFalse();
    try (var bench = Workbench.open(0, BaselineProgram.PACK, Workbench.Feed.THREADS)) {
      var zeros = bench.ops().upload(new float[32], 4, 8);
      assertThatThrownBy(() -> GpuTimes.of(bench, problem, () -> zeros, 1))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("its result is wrong");
    }
  }

  @Test
  void sizesThatMakeNoSenseAreRefused() {
    var gemm = GpuLadder.of("gemm");
    assertThatThrownBy(() -> gemm.prepare("64x64"))
        .hasMessageContaining("rows x outputs x depth")
        .hasMessageContaining("64x64");
    assertThatThrownBy(() -> gemm.prepare("64x60x64")).hasMessageContaining("60 is not a multiple");
    assertThatThrownBy(() -> GpuLadder.of("sort")).hasMessageContaining("gemm, convolution");
  }

  @Test
  void timesAreTakenByTheGpu() {
    var problem = GpuGemm.of(8, 8, 8);
    try (var bench = Workbench.open(0, BaselineProgram.PACK, Workbench.Feed.THREADS)) {
      var calls = new ArrayList<String>();
      var rung = problem.rungs(bench).getFirst();
      double millis =
          GpuTimes.of(
              bench,
              problem,
              () -> {
                calls.add("call");
                return rung.call().get();
              },
              3);
      assertThat(millis).isPositive().isFinite();
      assertThat(calls).hasSizeGreaterThan(4); // the check, the warm-up, three times
    }
  }
}
