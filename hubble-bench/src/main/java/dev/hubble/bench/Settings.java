// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// How every benchmark runs unless it or the command line says otherwise: one JVM of its own, a
/// short warm-up, a handful of short iterations. Throughput in seconds makes [Work]'s counters read
/// as GFLOP/s and GB/s. This is the one place for the flags of that JVM.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 1,
    jvmArgsAppend = {
      "--add-modules=jdk.incubator.vector",
      "--enable-native-access=ALL-UNNAMED",
      "-XX:+UseParallelGC",
      "-XX:MaxNewSize=64m",
      "-XX:ObjectAlignmentInBytes=64",
      "-Xmx8g"
    })
public abstract class Settings {
  /// For subclasses only.
  protected Settings() {}
}
