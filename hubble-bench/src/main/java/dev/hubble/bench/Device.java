// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench;

import dev.hubble.bench.model.Formula;
import dev.hubble.kernels.Backends;
import dev.hubble.kernels.HostTensor;
import dev.hubble.kernels.Ops;
import dev.hubble.kernels.Scope;
import dev.hubble.kernels.Shape;
import dev.hubble.kernels.Tensor;
import org.jspecify.annotations.NullUnmarked;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// The backend that is measured.
@State(org.openjdk.jmh.annotations.Scope.Benchmark)
@NullUnmarked // JMH fills the fields
public class Device {
  @Param("cpu")
  String device;

  /// 0 for one thread per core.
  @Param("0")
  int threads;

  Ops ops;

  /// Lives as long as the trial, so that every call computes in the same memory, as a run's steps
  /// do, and not in fresh pages of the system.
  private Scope memory;

  @Setup(Level.Trial)
  public void open() {
    ops = Backends.open(device, new Backends.Options(threads));
    memory = ops.openScope();
    System.out.println("# " + ops.description());
  }

  @TearDown(Level.Trial)
  public void close() {
    memory.close();
    ops.close();
  }

  /// A tensor of numbers in [-1, 1).
  Tensor tensor(int... shape) {
    return ops.upload(host(shape));
  }

  /// The same, not on the backend yet.
  static HostTensor host(int... shape) {
    int size = Math.toIntExact(Shape.of(shape).size());
    return HostTensor.of(Formula.uniform("bench", size), shape);
  }
}
