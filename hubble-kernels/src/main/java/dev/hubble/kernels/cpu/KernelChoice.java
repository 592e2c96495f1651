// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

import dev.hubble.kernels.cpu.vector.VectorKernels;
import java.lang.System.Logger.Level;
import java.util.concurrent.atomic.AtomicBoolean;

/// Chooses between the kernels with the Vector API and those without.
public final class KernelChoice {
  /// The system property that forces a vector width in bits: 512, 256, 128, or 0 for plain Java.
  public static final String PROPERTY = "hubble.vector.bits";

  private static final String MODULE = "jdk.incubator.vector";
  private static final AtomicBoolean WARNED = new AtomicBoolean();

  private KernelChoice() {}

  /// The fastest kernels that work in this JVM.
  public static Kernels best() {
    if ("0".equals(System.getProperty(PROPERTY))) {
      return new PlainKernels();
    }
    if (ModuleLayer.boot().findModule(MODULE).isEmpty()) {
      // Once per JVM: whoever opens ten backends has read it.
      if (!WARNED.getAndSet(true)) {
        System.getLogger("dev.hubble.kernels")
            .log(
                Level.WARNING,
                "The cpu backend runs in plain Java, many times slower than it could: start the JVM"
                    + " with --add-modules "
                    + MODULE);
      }
      return new PlainKernels();
    }
    var kernels = Vectors.open();
    SelfCheck.start(kernels);
    return kernels;
  }

  /// Loaded only where the module is, since the verifier may load what a method mentions.
  private static final class Vectors {
    static Kernels open() {
      return new VectorKernels();
    }
  }
}
