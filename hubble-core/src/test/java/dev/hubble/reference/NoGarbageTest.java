// SPDX-License-Identifier: Apache-2.0
package dev.hubble.reference;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.hubble.kernels.Ops;
import dev.hubble.nn.Observer;
import java.lang.management.ManagementFactory;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A step of the UNet leaves the garbage collector nothing to do: what tiles need is there from the
/// steps before.
class NoGarbageTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /// Bytes that a step may allocate: its 370 operations have a kilobyte or two each, for the
  /// tensor, its shape, and the list of tiles, however large the image is. A list of the rows of
  /// every tile would be megabytes.
  private static final long BOUND = 640_000;

  /// In the first steps classes are loaded, threads get their arrays, and the Vector API's vectors
  /// are objects until their loops are compiled: how long that takes on a machine with other work
  /// to do is nobody's fault. What a tile allocates is allocated in every step.
  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(180);

  @ParameterizedTest
  @ValueSource(strings = {"plain Java", "Vector API"})
  void aStepAllocatesNextToNothing(String kernels) {
    try (var ops = open(kernels);
        var _ = ops.openScope(100_000_000)) {
      assertThat(ops.description()).contains(kernels);
      var unet = Reference.tinySd(ops).unet();
      var text = ops.upload(new float[2 * 77 * 32], 2, 77, 32);
      float[] noise = new float[32 * 32 * 4];
      for (int i = 0; i < noise.length; i++) {
        noise[i] = (i * 7919 % 255 - 127) / 64f;
      }
      var latents = ops.upload(noise, 1, 32, 32, 4); // for Winograd's two sizes, and neither
      var constants = unet.prepare(text, new float[] {981});

      long[] threads = threads();
      long least = Long.MAX_VALUE;
      for (long since = System.nanoTime();
          least > BOUND && System.nanoTime() - since < PATIENCE; ) {
        long[] before = THREADS.getThreadAllocatedBytes(threads);
        try (var _ = ops.openScope()) {
          unet.apply(latents, constants, 0, Observer.NONE);
        }
        long[] after = THREADS.getThreadAllocatedBytes(threads);
        long allocated = 0;
        for (int i = 0; i < threads.length; i++) {
          // Less is -1: the thread of an earlier test's backend that has ended.
          allocated += Math.max(0, after[i] - before[i]);
        }
        least = Math.min(least, allocated);
      }
      System.out.printf("%s: a step allocates %,d bytes%n", kernels, least);
      assertThat(least).isBetween(1L, BOUND);
    }
  }

  /// Two threads, with the kernels asked for.
  private static Ops open(String kernels) {
    var property = "hubble.vector.bits";
    var before = System.getProperty(property);
    if (kernels.equals("plain Java")) {
      System.setProperty(property, "0");
    }
    try {
      return Reference.open("cpu", 2);
    } finally {
      if (before == null) {
        System.clearProperty(property);
      } else {
        System.setProperty(property, before);
      }
    }
  }

  /// This thread and those of backends.
  private static long[] threads() {
    long[] ids =
        Thread.getAllStackTraces().keySet().stream()
            .filter(t -> t == Thread.currentThread() || t.getName().startsWith("hubble-cpu-"))
            .mapToLong(Thread::threadId)
            .toArray();
    assertThat(ids).hasSizeGreaterThan(1);
    return ids;
  }
}
