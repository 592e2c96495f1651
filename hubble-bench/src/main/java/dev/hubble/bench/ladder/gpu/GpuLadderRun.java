// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder.gpu;

import dev.hubble.kernels.DeviceException;
import dev.hubble.kernels.cuda.Workbench;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// Climbs a ladder: the library it is compared with, every rung, and on Hopper the kernel that its
/// copy engine feeds. A rung whose result is wrong, or that fails, has a reason in place of a time.
///
/// @param device what was measured on
/// @param baseline the library's time, or why there is none
/// @param rows the rungs from the first
/// @param flops of one call
/// @param bytes of one call, each counted once
public record GpuLadderRun(
    String device, Baseline baseline, List<Row> rows, double flops, long bytes) {

  /// A rung's time in milliseconds, or NaN and the reason.
  public record Row(String title, double millis, String reason) {}

  private static final String HOPPERS = "sm_90a";

  /// The rungs above those of all GPUs.
  static final SortedMap<Workbench.Feed, String> HOPPER =
      new TreeMap<>(
          Map.of(
              Workbench.Feed.COPIES,
              "production, fed by TMA",
              Workbench.Feed.CLUSTERS,
              "and in pairs of blocks"));

  /// Climbs.
  ///
  /// @param repetitions of which the median counts
  /// @throws DeviceException if there is no GPU to climb on
  public static GpuLadderRun climb(GpuLadder ladder, int gpu, String shape, int repetitions) {
    var problem = ladder.prepare(shape);
    var rows = new ArrayList<Row>();
    String device;
    String target;
    try (var bench = Workbench.open(gpu, BaselineProgram.PACK, Workbench.Feed.THREADS)) {
      device = bench.ops().description();
      target = bench.target();
      for (var rung : problem.rungs(bench)) {
        rows.add(row(bench, problem, rung, repetitions));
      }
    }
    if (ladder.copies()) {
      HOPPER.forEach((feed, title) -> {
        if (target.equals(HOPPERS)) {
          try (var bench = Workbench.open(gpu, BaselineProgram.PACK, feed)) {
            rows.add(row(bench, problem, problem.production(bench, title), repetitions));
          }
        } else {
          rows.add(new Row(title, Double.NaN, "needs compute capability 9.0"));
        }
      });
    }
    var baseline = Baseline.measure(ladder, gpu, shape, repetitions);
    return new GpuLadderRun(device, baseline, rows, problem.flops(), problem.bytes());
  }

  /// What the rungs of a ladder are called.
  public static List<String> titles(GpuLadder ladder) {
    var smallest = "8" + "x8".repeat(ladder.sizes().size() - 1);
    var titles = new ArrayList<String>();
    try (var bench = Workbench.open(0, BaselineProgram.PACK, Workbench.Feed.THREADS)) {
      ladder.prepare(smallest).rungs(bench).forEach(rung -> titles.add(rung.title()));
    }
    if (ladder.copies()) {
      titles.addAll(HOPPER.values());
    }
    return titles;
  }

  private static Row row(Workbench bench, GpuProblem problem, GpuRung rung, int repetitions) {
    try {
      return new Row(rung.title(), GpuTimes.of(bench, problem, rung.call(), repetitions), "");
    } catch (DeviceException | IllegalStateException e) {
      return new Row(rung.title(), Double.NaN, String.valueOf(e.getMessage()).replace('|', '/'));
    }
  }

  /// Whether times mean something: the mock driver's are those of an emulator.
  public boolean measured() {
    return !device.contains("mock");
  }
}
