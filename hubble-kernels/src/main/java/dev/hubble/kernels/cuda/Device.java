// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import dev.hubble.kernels.DeviceException;

/// Everything of a GPU that one backend holds, made and given back together.
final class Device implements AutoCloseable {
  // What is larger gets a piece of its own, so that little is held for nothing.
  private static final long WEIGHTS_PIECE = 16L << 20;
  private static final long TENSORS_PIECE = 16L << 20;

  private final int ordinal;
  private final Probe probe;
  private final Driver driver;
  private final LaunchQueue queue;
  private final DeviceMemory tensors;
  private final DeviceMemory weights;
  private final Abandoned abandoned = new Abandoned();
  private final Staging staging;
  private final Kernels kernels;
  private final String name;
  private final Capability capability;
  private final int sharedMemory;
  private final int processors;

  private Device(int ordinal, Probe probe, Driver driver, LaunchQueue.Mode mode) {
    this.ordinal = ordinal;
    this.probe = probe;
    this.driver = driver;
    name = driver.name();
    capability = driver.capability();
    sharedMemory = driver.sharedMemory();
    processors = driver.processors();
    var pack = Pack.open();
    kernels = new Kernels(driver, pack, pack.choose(capability));
    queue = new LaunchQueue(driver, mode);
    tensors = new DeviceMemory(driver, TENSORS_PIECE, queue::flush, this::makeRoom);
    weights = new DeviceMemory(driver, WEIGHTS_PIECE, queue::flush, this::makeRoom);
    staging = new Staging(driver, queue);
  }

  /// Opens GPU `ordinal`.
  ///
  /// @throws DeviceException if it cannot be used; the message says why and what to do
  static Device open(int ordinal, LaunchQueue.Mode mode) {
    var probe = Probe.run();
    if (!probe.reason().isEmpty()) {
      throw DeviceException.unavailable(probe.reason());
    }
    if (ordinal >= probe.devices()) {
      throw DeviceException.unavailable(
          "there is no GPU %d; there %s, numbered from 0"
              .formatted(ordinal, probe.devices() == 1 ? "is one" : "are " + probe.devices()));
    }
    Driver driver;
    try {
      driver = Driver.open(ordinal);
    } catch (LinkageError | IllegalCallerException e) {
      throw DeviceException.unavailable(Bindings.explain(e));
    }
    try {
      return new Device(ordinal, probe, driver, mode);
    } catch (RuntimeException | Error e) {
      driver.close();
      throw e;
    }
  }

  int ordinal() {
    return ordinal;
  }

  Driver driver() {
    return driver;
  }

  LaunchQueue queue() {
    return queue;
  }

  /// Memory for activations.
  DeviceMemory tensors() {
    return tensors;
  }

  /// Memory for weights.
  DeviceMemory weights() {
    return weights;
  }

  /// Memory that nobody can reach any more.
  Abandoned abandoned() {
    return abandoned;
  }

  private void makeRoom() {
    abandoned.search();
    tensors.trim();
    weights.trim();
  }

  Staging staging() {
    return staging;
  }

  Kernels kernels() {
    return kernels;
  }

  /// Bytes of shared memory that a block may have.
  int sharedMemory() {
    return sharedMemory;
  }

  /// How many multiprocessors there are.
  int processors() {
    return processors;
  }

  /// `NVIDIA H100 80GB HBM3, compute capability 9.0, 84.2 of 85.0 GB free, CUDA 13.0, kernels for
  /// sm_90a`
  String describe() {
    driver.enter();
    long[] memory = driver.memory();
    return "%s, compute capability %s, %.1f of %.1f GB free, driver for %s, kernels for %s"
        .formatted(
            name, capability, memory[0] / 1e9, memory[1] / 1e9, probe.version(), kernels.target());
  }

  String name() {
    return name;
  }

  /// Waits for what the GPU is doing and gives everything back. Never throws.
  @Override
  public void close() {
    try {
      driver.enter();
      driver.await();
    } catch (DeviceException e) {
      // It is lost, and what it held with it; the rest is given back all the same.
    }
    queue.close();
    staging.close();
    tensors.close();
    weights.close();
    driver.close();
  }
}
