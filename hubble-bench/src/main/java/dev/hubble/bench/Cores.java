// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Collection;
import java.util.List;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.ScalarResult;

/// How many cores an iteration really got. On a machine that is shared this tells a slow kernel
/// from a waiting one: work per second of core time hardly depends on the neighbours.
public final class Cores implements InternalProfiler {
  static final String NAME = "cores";

  private final OperatingSystemMXBean process =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
  private long cpuTime;
  private long time;

  @Override
  public String getDescription() {
    return "Cores in use on average";
  }

  @Override
  public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
    cpuTime = process.getProcessCpuTime();
    time = System.nanoTime();
  }

  @Override
  public Collection<? extends Result<?>> afterIteration(
      BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
    double cores = (double) (process.getProcessCpuTime() - cpuTime) / (System.nanoTime() - time);
    return List.of(new ScalarResult(NAME, cores, "cores", AggregationPolicy.AVG));
  }
}
