// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels;

import dev.hubble.kernels.cpu.ConvolutionPolicy;
import dev.hubble.kernels.cpu.CpuOps;
import dev.hubble.kernels.cpu.KernelChoice;
import dev.hubble.kernels.cpu.Kernels;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.junit.jupiter.api.Assumptions;

/// Backends of every vector width in one JVM.
public final class TestBackends {
  private static final String VECTOR_PACKAGE = "dev.hubble.kernels.cpu.vector.";

  private TestBackends() {}

  /// Skips a test where vectors are not that wide, or there is no Vector API.
  public static void assumeWidth(int bits) {
    var best = KernelChoice.best().description();
    int widest = best.contains("-bit") ? Integer.parseInt(best.replaceAll("[^0-9]", "")) : 0;
    Assumptions.assumeTrue(bits <= widest, bits + "-bit vectors, but here is: " + best);
  }

  /// The cpu backend at the given width, with recycled memory poisoned.
  public static CpuOps cpu(int bits, int threads) {
    return new CpuOps(kernels(bits), threads, ConvolutionPolicy.of(Precision.FAST), true);
  }

  /// The kernels at the given width. The width is a constant of classes, so each call loads them
  /// anew.
  public static Kernels kernels(int bits) {
    var before = System.getProperty(KernelChoice.PROPERTY);
    System.setProperty(KernelChoice.PROPERTY, String.valueOf(bits));
    try {
      return bits == 0
          ? KernelChoice.best()
          : (Kernels)
              new Isolated()
                  .loadClass(VECTOR_PACKAGE + "VectorKernels")
                  .getConstructor()
                  .newInstance();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    } finally {
      if (before == null) {
        System.clearProperty(KernelChoice.PROPERTY);
      } else {
        System.setProperty(KernelChoice.PROPERTY, before);
      }
    }
  }

  /// Defines the vector classes itself and leaves everything else to its parent.
  private static final class Isolated extends ClassLoader {
    Isolated() {
      super(TestBackends.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (!name.startsWith(VECTOR_PACKAGE)) {
        return super.loadClass(name, resolve);
      }
      var loaded = findLoadedClass(name);
      if (loaded != null) {
        return loaded;
      }
      try (var in = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
        byte[] bytes = in.readAllBytes();
        return defineClass(name, bytes, 0, bytes.length);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
