// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubble.bench.ladder.gpu.Baseline;
import dev.hubble.bench.ladder.gpu.GpuLadder;
import dev.hubble.bench.ladder.gpu.GpuLadderRun;
import dev.hubble.bench.ladder.gpu.MockGpu;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The command from its arguments to the table, on the mock driver.
class GpuLadderCommandTest {
  @ParameterizedTest
  @CsvSource({"gemm, 8x16x24, 8", "convolution, 1x8x16x64x16, 7", "attention, 1x16x16x1x8, 3"})
  void aLadderIsClimbed(String name, String shape, int rungs) throws IOException {
    MockGpu.load();
    var said =
        run(List.of("--ladder", name, "--device", "cuda", "--shape", shape, "--repeat", "1"));
    assertThat(said).contains("mock GPU").contains("An emulated GPU").contains(shape);
    var rows = said.lines().filter(line -> line.startsWith("| ")).skip(1).toList();
    assertThat(rows).hasSize(rungs + 1);
    for (int i = 0; i < rungs; i++) {
      assertThat(rows.get(i)).startsWith("| " + (i + 1) + " | ").doesNotContain("NaN");
      // A time, a rate, no percentage without the library, and a ratio.
      assertThat(rows.get(i))
          .matches("\\| \\d \\| [^|:]+ \\| [0-9.e+-]+ \\| [0-9.]+ \\| - \\| [0-9.e+-]+ \\|");
    }
    var library = GpuLadder.of(name).baseline();
    assertThat(rows.getLast())
        .matches("\\| \\| " + library + ": .{10,} \\| - \\| - \\| - \\| - \\|");
  }

  @Test
  void anEmulatorsTimesAreNotWritten() {
    MockGpu.load();
    assertThatThrownBy(() ->
            run(
                List.of(
                    "--ladder",
                    "gemm",
                    "--device",
                    "cuda:0",
                    "--shape",
                    "8x8x8",
                    "--repeat",
                    "1",
                    "--write")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("not of a GPU");
  }

  private static String run(List<String> arguments) throws IOException {
    var bytes = new ByteArrayOutputStream();
    var before = System.out;
    System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    try {
      new GpuLadderCommand(new Arguments(arguments)).run();
    } finally {
      System.setOut(before);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void theTableComparesWithTheLibraryAndTheFirstRung() {
    var run =
        new GpuLadderRun(
            "cuda:0: H100",
            new Baseline("cuBLAS 13.1.0", 0.02, ""),
            List.of(
                new GpuLadderRun.Row("plain", 2, ""),
                new GpuLadderRun.Row("better", 0.04, ""),
                new GpuLadderRun.Row("broken", Double.NaN, "its result is wrong")),
            1e10,
            3_000_000);
    assertThat(run.measured()).isTrue();
    assertThat(GpuLadderCommand.report(GpuLadder.of("gemm"), "1x8x8", run))
        .contains("10.00 GFLOP, and 3.0 MB")
        .doesNotContain("emulated")
        .contains("| 1 | plain | 2.000 | 5.0 | 1 | 1.00 |")
        .contains("| 2 | better | 0.04000 | 250.0 | 50 | 50.0 |")
        .contains("| 3 | broken: its result is wrong | - | - | - | - |")
        .contains("| | cuBLAS 13.1.0 | 0.02000 | 500.0 | 100 | 100 |");
  }

  @Test
  void whatMakesNoSenseIsRefused() {
    assertThatThrownBy(() -> run(List.of("--ladder", "sort", "--device", "cuda")))
        .hasMessageContaining("no ladder \"sort\" on GPUs");
    assertThatThrownBy(() -> run(List.of("--ladder", "gemm", "--device", "cuda:x")))
        .hasMessageContaining("GPUs are called cuda:0");
    assertThatThrownBy(() -> run(List.of("--ladder", "gemm", "--device", "cuda", "-wi", "1")))
        .hasMessageContaining("What is -wi?");
    assertThat(GpuLadderCommand.wants(List.of("--ladder", "gemm", "--device", "cuda:1"))).isTrue();
    assertThat(GpuLadderCommand.wants(List.of("--ladder", "gemm", "--device", "cpu"))).isFalse();
    assertThat(GpuLadderCommand.wants(List.of("--ladder", "gemm"))).isFalse();
  }

  /// Every ladder has its page, with the rungs that the command measures.
  @ParameterizedTest
  @ValueSource(strings = {"gemm", "convolution", "attention"})
  void thePagesHaveTheRungs(String name) throws IOException {
    MockGpu.load();
    var ladder = GpuLadder.of(name);
    var page = Files.readString(MockGpu.root().resolve("docs/ladders/gpu-" + name + ".md"));
    assertThat(MarkedTable.replace(page, "gpu-" + name, "new")).contains("new");
    assertThat(page).contains("--ladder " + name + " --device cuda --write");
    int number = 0;
    for (var title : GpuLadderRun.titles(ladder)) {
      number++;
      assertThat(page).contains("| " + number + " | " + title + " | ");
      assertThat(page).containsPattern("\n## Rung " + number + ": ");
    }
  }
}
