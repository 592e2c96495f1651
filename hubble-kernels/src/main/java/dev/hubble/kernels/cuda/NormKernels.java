// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import dev.hubble.kernels.DType;
import org.jspecify.annotations.Nullable;

/// Launches normalisations. They compute in the format of sums, which they take apart; their result
/// is in that of `y`.
final class NormKernels {
  private static final int MOST_CHUNKS = 64;
  private static final long PER_CHUNK = 16_384; // elements of which a block takes the statistics
  private static final long PER_BLOCK = 8192; // elements that a block normalises
  // Moments of a group that every block of the normalisation may merge for itself.
  private static final int MOST_MERGED = 160;

  private final CudaOps ops;
  private final DType type;

  NormKernels(CudaOps ops) {
    this.ops = ops;
    type = ops.sums();
  }

  /// Group normalisation, and SiLU if it follows. Statistics come from whoever wrote the images, or
  /// by chunks of places from a kernel of their own.
  ///
  /// @param over whether `x`, in the format of sums, may be written over: the result is on its way
  ///   to `y`, or stays there if that is the same memory
  void group(
      CudaTensor x,
      CudaTensor gamma,
      CudaTensor beta,
      CudaTensor y,
      int groups,
      float eps,
      boolean silu,
      boolean over) {
    if (y.size() == 0) {
      return;
    }
    int images = y.dim(0);
    int c = y.dim(-1);
    int places = (int) (y.size() / images / c);
    try (var operands = new Operands(ops)) {
      var from = operands.channels(x, type);
      long to = over ? from.first() : operands.out(y, type);
      var image = new Image(images, places, c, from.width(), groups);
      var parts = known(x, image);
      if (parts == null) {
        parts = read(operands, from, image);
      } else if (parts.number * (image.width() / parts.wide) > MOST_MERGED) {
        parts = merge(operands, parts, image);
      }
      ops.device
          .queue()
          .launch(
              kernel("hb_group_norm", 8 * groups),
              Math.ceilDiv((long) places * c, PER_BLOCK),
              images,
              1,
              8 * groups,
              from.first(),
              from.second(),
              operands.in(gamma, type),
              operands.in(beta, type),
              parts.first,
              parts.second,
              to,
              places,
              c,
              from.width(),
              groups,
              parts.number,
              parts.wide,
              CudaOps.bits(eps),
              silu ? 1 : 0);
      operands.finish(y, to, type);
    }
  }

  /// What is normalised.
  ///
  /// @param c1 how many of its channels stand in the first tensor
  private record Image(int images, int places, int c, int c1, int groups) {
    /// Channels of a group.
    int width() {
      return c / groups;
    }
  }

  /// Statistics of parts of the images, each of so many channels: addresses, the second 0 if the
  /// first has all channels.
  private record Parts(long first, long second, int number, int wide) {}

  /// What those have said who wrote the images, or null.
  private static @Nullable Parts known(CudaTensor x, Image image) {
    if (image.width() % Moments.CHANNELS != 0) {
      return null;
    }
    var sides = x.sides();
    long first = (sides == null ? x : sides.left()).moments();
    long second = sides == null ? 0 : sides.right().moments();
    return first == 0 || (sides != null && second == 0)
        ? null
        : new Parts(first, second, image.places / Moments.ROWS, Moments.CHANNELS);
  }

  /// Merges parts, where every block of the normalisation would have to read too many of them.
  private Parts merge(Operands operands, Parts parts, Image image) {
    long merged = operands.scratch(8L * image.images * image.groups);
    ops.device
        .queue()
        .launch(
            ops.device.kernels().get("hb_group_merge_f32", CudaOps.BLOCK, 0),
            image.groups,
            image.images,
            1,
            parts.first,
            parts.second,
            merged,
            image.places,
            image.c,
            image.c1,
            image.groups,
            parts.number,
            parts.wide);
    return new Parts(merged, 0, 1, image.width());
  }

  /// Reads the images for their statistics.
  private Parts read(Operands operands, Operands.Channels from, Image image) {
    long wanted = Math.ceilDiv((long) image.places * image.c, PER_CHUNK);
    int chunks = (int) Math.min(Math.min(MOST_CHUNKS, image.places), wanted);
    int statsMemory = 8 * Math.max(image.c, 2048);
    long partial = operands.scratch(8L * image.images * chunks * image.groups);
    ops.device
        .queue()
        .launch(
            kernel("hb_group_stats", statsMemory),
            chunks,
            image.images,
            1,
            statsMemory,
            from.first(),
            from.second(),
            partial,
            image.places,
            image.c,
            image.c1,
            image.groups,
            chunks);
    return new Parts(partial, 0, chunks, image.width());
  }

  /// Layer normalisation: a warp for each row.
  void layer(CudaTensor x, CudaTensor gamma, CudaTensor beta, CudaTensor y, float eps) {
    if (y.size() == 0) {
      return;
    }
    int c = y.dim(-1);
    long rows = y.size() / c;
    try (var operands = new Operands(ops)) {
      long to = operands.out(y, type);
      ops.device
          .queue()
          .launch(
              kernel("hb_layer_norm", 0),
              Math.ceilDiv(rows, 8),
              1,
              1,
              operands.in(x, type),
              operands.in(gamma, type),
              operands.in(beta, type),
              to,
              rows,
              c,
              CudaOps.bits(eps));
      operands.finish(y, to, type);
    }
  }

  private Kernels.Kernel kernel(String name, int sharedMemory) {
    return ops.device.kernels().get(name + "_" + Kernels.suffix(type), CudaOps.BLOCK, sharedMemory);
  }
}
