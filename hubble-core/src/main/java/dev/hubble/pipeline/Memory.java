// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import dev.hubble.HubbleException;
import dev.hubble.VaeTiling;
import dev.hubble.kernels.Ops;
import dev.hubble.model.Size;
import dev.hubble.unet.UNetConfig;
import dev.hubble.vae.VaeConfig;

/// How much memory a run needs, known before it starts.
final class Memory {
  private static final long FLOAT = 4;

  // Elements that a convolution keeps transformed at once: of the image, and of its filter.
  private static final long TRANSFORMED = 10 << 20;
  private static final long FILTER = 36;

  private Memory() {}

  /// What of a run decides how much memory it needs.
  ///
  /// @param pictures how many are drawn at once
  /// @param guided whether the UNet sees each of them twice
  /// @param words how many vectors the prompts have, 77 for each chunk
  /// @param height of the finished pictures, in pixels
  /// @param width of the finished pictures, in pixels
  record Extent(int pictures, boolean guided, int words, int height, int width) {
    static Extent of(Job job, int words) {
      return new Extent(
          job.images().size(), job.guided(), words, job.finalHeight(), job.finalWidth());
    }
  }

  /// How a run makes do with the memory that there is.
  ///
  /// @param tiled whether the VAE works on tiles
  /// @param bytes that activations usually occupy at once: by sizes that are common, where no
  ///   convolution needs a copy of its image
  record Plan(boolean tiled, long bytes) {}

  /// An upper bound of the bytes that activations occupy at once.
  ///
  /// @param tiled whether the VAE works on tiles
  static long needed(UNetConfig unet, VaeConfig vae, Extent run, boolean tiled) {
    return needed(unet, vae, run, tiled, true);
  }

  /// @param bordered whether convolutions may need a copy of the image with a border
  private static long needed(
      UNetConfig unet, VaeConfig vae, Extent run, boolean tiled, boolean bordered) {
    int height = run.height();
    int width = run.width();
    int tile = tiled ? vae.sampleSize() : Integer.MAX_VALUE;
    long vaeBytes = vaeBytes(vae, Math.min(height, tile), Math.min(width, tile), bordered);
    // Two rows of tiles, and what they have in common twice.
    long rows = tiled ? 2L * tile * (width + width / 3 + tile) * 3 * FLOAT : 0;
    return Math.max(
        unetBytes(
            unet,
            (run.guided() ? 2L : 1L) * run.pictures(),
            run.words(),
            run.height() / 8,
            run.width() / 8,
            bordered),
        vaeBytes + rows + run.pictures() * 2L * height * width * 3 * FLOAT);
  }

  /// Tensors live until the block that made them ends, those that pass between blocks until the
  /// network does. So at the end there is what every block of the way up and down has handed on,
  /// and the widest moment of the last block: a residual block's input with its skip connection, or
  /// a transformer's feed-forward layer, four times as wide after its gate.
  static long unetBytes(UNetConfig c, long images, long words, long h, long w) {
    return unetBytes(c, images, words, h, w, true);
  }

  private static long unetBytes(
      UNetConfig c, long images, long words, long h, long w, boolean bordered) {
    var widths = c.blockOutChannels();
    long blocks = c.layersPerBlock() + 1L;
    long handedOn = 0;
    long widest = 0;
    long height = h;
    long width = w;
    for (int level = 0; level < widths.size(); level++) {
      long channels = widths.get(level);
      long coarser = widths.get(Math.min(level + 1, widths.size() - 1));
      long area = area(images, height, width);
      // As many tensors on the way down as on the way up, where one more comes from below.
      handedOn += area * (2 * blocks * channels + coarser);
      // Keys and values of the prompt, in every block.
      handedOn += Math.multiplyExact(images, 2 * blocks * 2 * words * channels);
      long resnet = 2 * (channels + coarser) + 4 * channels;
      long transformer = (channels + coarser) + 11 * channels;
      widest =
          Math.max(
              widest,
              area * Math.max(resnet, transformer) + scratch(area, channels + coarser, bordered));
      height = (height + 1) / 2;
      width = (width + 1) / 2;
    }
    return Math.multiplyExact(handedOn + widest, FLOAT);
  }

  /// One picture at a time; each layer gives its input back when its output is there. A residual
  /// block has its input, that normalised and the first convolution's output at once, and at its
  /// end its input, the last convolution's input, the shortcut and the output; doubling has the
  /// image before and after.
  private static long vaeBytes(VaeConfig c, long height, long width, boolean bordered) {
    var widths = c.blockOutChannels();
    long widest = 0;
    for (int level = widths.size() - 1; level >= 0; level--) {
      long area = area(1, height >> level, width >> level);
      long channels = widths.get(level);
      long in = widths.get(Math.min(level + 1, widths.size() - 1));
      long most = in == channels ? 3 * in : Math.max(2 * in + channels, in + 3 * channels);
      widest = Math.max(widest, area * most + scratch(area, Math.max(in, channels), bordered));
      if (level > 0) {
        long doubled = area(1, height >> (level - 1), width >> (level - 1));
        long scratch = scratch(doubled, channels, bordered);
        widest = Math.max(widest, (area + doubled) * channels + scratch);
      }
    }
    return Math.multiplyExact(widest, FLOAT);
  }

  /// What a convolution needs besides its input and output: the input once more with a border, or
  /// up to four times as many transformed numbers, of which there is a limit.
  private static long scratch(long area, long channels, boolean bordered) {
    long copy = area * channels;
    long filter = area < 64 * 64 ? 0 : FILTER * channels * channels;
    return Math.max(bordered ? copy : 0, Math.min(4 * copy, TRANSFORMED)) + filter;
  }

  private static long area(long images, long height, long width) {
    // Two more rows and columns: the border.
    long area = Math.multiplyExact(images, Math.multiplyExact(height + 2, width + 2));
    // What it will be multiplied with is less than this: finds out what is too large to count.
    var _ = Math.multiplyExact(area, 1L << 20);
    return area;
  }

  /// Refuses a run for which the heap has too little room.
  ///
  /// @param words how many vectors the prompts have
  static Plan check(UNetConfig unet, VaeConfig vae, Job job, int words) {
    long free = free();
    if (bytes(unet, vae, Extent.of(job, words), false) > free) {
      // What loading left behind may still lie there.
      System.gc();
      free = free();
    }
    var room = new Room(free, FLOAT, "give Java more memory with -Xmx");
    return check(unet, vae, job, words, room);
  }

  /// Refuses a run for which the backend has too little room, on the heap or on a device.
  ///
  /// @param words how many vectors the prompts have
  static Plan check(UNetConfig unet, VaeConfig vae, Job job, int words, Ops ops) {
    var free = ops.freeBytes();
    return free.isEmpty()
        ? check(unet, vae, job, words)
        : check(
            unet,
            vae,
            job,
            words,
            new Room(
                free.getAsLong(),
                ops.activationBytes(),
                "end other programs that use " + ops.device()));
  }

  /// What there is.
  ///
  /// @param bytes that are free
  /// @param element how many of them a number takes
  /// @param advice how to have more
  private record Room(long bytes, long element, String advice) {}

  private static Plan check(UNetConfig unet, VaeConfig vae, Job job, int words, Room room) {
    int height = job.finalHeight();
    int width = job.finalWidth();
    var run = Extent.of(job, words);
    long free = room.bytes / room.element * FLOAT; // as if all were floats
    var tiling = job.modes().vaeTiling();
    boolean large = height > vae.sampleSize() || width > vae.sampleSize();
    long needed = bytes(unet, vae, run, false);
    boolean tooMuch = needed > free || largest(vae, height, width) > Integer.MAX_VALUE;
    if (large && (tiling == VaeTiling.ON || (tiling == VaeTiling.AUTO && tooMuch))) {
      int tile = vae.sampleSize();
      needed = bytes(unet, vae, run, true);
      tooMuch =
          needed > free
              || largest(vae, Math.min(height, tile), Math.min(width, tile)) > Integer.MAX_VALUE
              || 3L * height * width > Integer.MAX_VALUE;
    } else {
      large = false;
    }
    if (tooMuch) {
      throw new HubbleException.OutOfMemory(
          "%d picture%s of %dx%d need%s %s of memory, and %s are free: ask for smaller or fewer pictures, or %s."
              .formatted(
                  job.images().size(),
                  job.images().size() == 1 ? "" : "s",
                  width,
                  height,
                  job.images().size() == 1 ? "s" : "",
                  Size.of(needed / FLOAT * room.element),
                  Size.of(room.bytes),
                  room.advice));
    }
    return new Plan(large, needed(unet, vae, run, large, false) / FLOAT * room.element);
  }

  private static long free() {
    var runtime = Runtime.getRuntime();
    return runtime.maxMemory() - (runtime.totalMemory() - runtime.freeMemory());
  }

  private static long bytes(UNetConfig unet, VaeConfig vae, Extent run, boolean tiled) {
    try {
      return needed(unet, vae, run, tiled);
    } catch (ArithmeticException e) {
      return Long.MAX_VALUE;
    }
  }

  /// How many numbers the largest tensor of the decoder has: an array has at most 2^31.
  private static long largest(VaeConfig vae, long height, long width) {
    return height * width * vae.blockOutChannels().get(1);
  }
}
