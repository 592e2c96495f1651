// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import dev.hubble.kernels.DType;
import dev.hubble.kernels.Ops;
import dev.hubble.kernels.Shape;
import dev.hubble.kernels.Tensor;

/// A GPU laid open for measuring: the backend `cuda` in f16, other kernels that work on its
/// tensors, and times that the GPU takes by itself. For `hubble-bench`, whose ladders set kernels
/// for students beside those in production; models never see it. One thread at a time.
public final class Workbench implements AutoCloseable {
  /// How the large matrix products in production get their operands, where the GPU is a Hopper.
  public enum Feed {
    /// Every thread brings its part, as on all other GPUs.
    THREADS,
    /// The copy engine brings whole tiles.
    COPIES,
    /// And blocks work in pairs that share what both need.
    CLUSTERS;

    private HopperUse use() {
      return switch (this) {
        case THREADS -> new HopperUse(false, HopperClusters.OFF, false);
        case COPIES -> new HopperUse(true, HopperClusters.OFF, true);
        case CLUSTERS -> new HopperUse(true, HopperClusters.ON, true);
      };
    }
  }

  private final CudaOps ops;
  private final Device device;
  private final Kernels kernels;
  private final Driver.Event from;
  private final Driver.Event to;

  /// A kernel that is on the GPU.
  public static final class Kernel {
    private final Kernels.Kernel kernel;
    private final int sharedMemory;

    private Kernel(Kernels.Kernel kernel, int sharedMemory) {
      this.kernel = kernel;
      this.sharedMemory = sharedMemory;
    }
  }

  private Workbench(CudaOps ops, String folder) {
    this.ops = ops;
    device = ops.device;
    var pack = Pack.open(folder);
    kernels = new Kernels(device.driver(), pack, pack.choose(device.driver().capability()));
    device.driver().enter();
    from = device.driver().event();
    to = device.driver().event();
  }

  /// Opens GPU `ordinal`. Launches go to it one by one, never as graphs.
  ///
  /// @param folder where on the class path the pack with the other kernels is
  /// @param feed how products of any size get their operands
  /// @throws dev.hubble.kernels.DeviceException if it cannot be used; the message says why and what
  ///   to do
  public static Workbench open(int ordinal, String folder, Feed feed) {
    var device = Device.open(ordinal, LaunchQueue.Mode.SINGLE);
    try {
      return new Workbench(new CudaOps(device, DType.F16, false, feed.use()), folder);
    } catch (RuntimeException | Error e) {
      device.close();
      throw e;
    }
  }

  /// The backend, with the kernels in production.
  public Ops ops() {
    return ops;
  }

  /// For what the kernels were compiled that this GPU runs: `sm_90a`.
  public String target() {
    return device.kernels().target();
  }

  /// The kernel `name` of the other pack.
  ///
  /// @param block how many threads a block has
  /// @param sharedMemory how many bytes of dynamic shared memory a block takes
  public Kernel kernel(String name, int block, int sharedMemory) {
    return new Kernel(kernels.get(name, block, sharedMemory), sharedMemory);
  }

  /// The kernel `name` in production.
  public Kernel production(String name, int block, int sharedMemory) {
    return new Kernel(device.kernels().get(name, block, sharedMemory), sharedMemory);
  }

  /// A tensor of f16 with any content, in the innermost scope.
  public Tensor tensor(int... shape) {
    return ops.allocate("Workbench", Shape.of(shape), DType.F16);
  }

  /// Where a tensor's first element is.
  public long address(Tensor x) {
    return ops.in("Workbench", x).address();
  }

  /// Launches `kernel` after everything asked for before.
  ///
  /// @param arguments addresses, integers, and floats by [Float#floatToRawIntBits]
  public void launch(Kernel kernel, long x, long y, long z, long... arguments) {
    device.queue().launch(kernel.kernel, x, y, z, kernel.sharedMemory, arguments);
  }

  /// How long the GPU takes for what `work` asks of it, in milliseconds: between two events around
  /// it. What was asked for before is done with first.
  public double millis(Runnable work) {
    device.queue().flush();
    var driver = device.driver();
    driver.enter();
    driver.await(); // nothing of the host's own work before is left to overlap
    driver.mark(from);
    work.run();
    device.queue().flush();
    driver.mark(to);
    driver.await(to);
    return driver.millis(from, to);
  }

  /// The stream in which all work is done, for libraries that work beside this.
  public long stream() {
    device.queue().flush();
    device.driver().enter();
    return device.driver().stream();
  }

  /// Gives everything back.
  @Override
  public void close() {
    device.driver().forget(from);
    device.driver().forget(to);
    ops.close();
  }
}
