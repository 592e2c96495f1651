// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import dev.hubble.HubbleException;
import dev.hubble.model.Size;
import dev.hubble.unet.UNetConfig;
import dev.hubble.vae.VaeConfig;

/// How much memory a run needs, known before it starts.
final class Memory {
  private static final long FLOAT = 4;

  private Memory() {}

  /// An upper bound of the bytes that activations occupy at once.
  static long needed(
      UNetConfig unet, VaeConfig vae, int batch, boolean guided, int height, int width) {
    return Math.max(
        unetBytes(unet, (guided ? 2L : 1L) * batch, height / 8, width / 8),
        vaeBytes(vae, height, width) + batch * 2L * height * width * 3 * FLOAT);
  }

  /// All skip connections, and the widest moment of a transformer (its feed-forward layer, eight
  /// times as wide) or of a residual block.
  private static long unetBytes(UNetConfig c, long images, long h, long w) {
    long skips = 0;
    long widest = 0;
    long area = Math.multiplyExact(Math.multiplyExact(images, h), w);
    for (int width : c.blockOutChannels()) {
      skips += (c.layersPerBlock() + 1) * area * width;
      widest = Math.max(widest, area * width * 22);
      area = (area + 3) / 4;
    }
    return Math.multiplyExact(skips + widest, FLOAT);
  }

  /// One picture at a time; the widest moment is the finest level's first residual block, which
  /// still has the width of the level before.
  private static long vaeBytes(VaeConfig c, long height, long width) {
    long fine = c.blockOutChannels().get(0);
    long coarser = c.blockOutChannels().get(1);
    return Math.multiplyExact(
        Math.multiplyExact(Math.multiplyExact(height, width), 4 * coarser + 4 * fine), FLOAT);
  }

  /// Refuses a run for which the heap has too little room.
  static void check(UNetConfig unet, VaeConfig vae, Job job) {
    long needed;
    try {
      needed = needed(unet, vae, job.images().size(), job.guided(), job.height(), job.width());
    } catch (ArithmeticException e) {
      needed = Long.MAX_VALUE;
    }
    var runtime = Runtime.getRuntime();
    long free = runtime.maxMemory() - (runtime.totalMemory() - runtime.freeMemory());
    long largest = (long) job.height() * job.width() * vae.blockOutChannels().get(1);
    if (needed > free || largest > Integer.MAX_VALUE) {
      throw new HubbleException.OutOfMemory(
          "%d picture%s of %dx%d need%s %s of memory, and %s are free: ask for smaller or fewer pictures, or give Java more memory with -Xmx."
              .formatted(
                  job.images().size(),
                  job.images().size() == 1 ? "" : "s",
                  job.width(),
                  job.height(),
                  job.images().size() == 1 ? "s" : "",
                  Size.of(needed),
                  Size.of(free)));
    }
  }
}
