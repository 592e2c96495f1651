// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench;

import dev.hubble.bench.ladder.Ladder;
import org.jspecify.annotations.NullUnmarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// One rung of a ladder. `--ladder` runs all of one, see [LadderCommand].
@Warmup(iterations = 2, time = 1)
@NullUnmarked // set up by JMH
public class Rungs extends Settings {
  /// See [Ladder#ALL].
  @Param("gemm")
  String ladder;

  /// From 1 on.
  @Param("1")
  int rung;

  /// The sizes of the problem.
  @Param("512x1280x1280")
  String shape;

  private Ladder.Task task;

  @Setup(Level.Trial)
  public void prepare() {
    task = Ladder.of(ladder).prepare(rung, shape);
  }

  @TearDown(Level.Trial)
  public void close() {
    task.prepared().close();
  }

  @Benchmark
  public void solve(Work.Flops flops) {
    flops.did(task.flops());
    task.prepared().run();
  }
}
