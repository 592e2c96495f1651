// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

import dev.hubble.kernels.heap.CacheLine;
import dev.hubble.kernels.heap.HeapTensor;
import java.util.Arrays;

/// Normalisations.
final class Norms {
  // Elements summed in float before the sum is added to a double.
  private static final int ROWS_PER_SUM = 16;
  // One place in so many tells about where the mean is.
  private static final int SAMPLE = 16;
  // Elements per tile.
  private static final int TILE = 64 * 1024;

  private Norms() {}

  /// Two passes over the image: mean and variance, then `y = x·scale + shift` with one scale and
  /// shift per channel. The sums of a tile of rows go to a place of their own and are added up in
  /// order.
  ///
  /// Sums are of distances from a centre near the mean, so that a large mean costs no digits: the
  /// mean of every 16th place. Were these unlike all others, a sixteenth of the image would be far
  /// from the rest, and the variance just as large: the centre is never more than 4 standard
  /// deviations off, which costs 4 bits of a double sum.
  static void groupNorm(
      CpuOps ops,
      HeapTensor x,
      HeapTensor gamma,
      HeapTensor beta,
      int groups,
      float eps,
      boolean silu,
      HeapTensor y) {
    if (x.size() == 0) {
      return;
    }
    int images = x.dim(0);
    int channels = x.dim(-1);
    int places = x.size() / images / channels;
    int perTile = Math.max(1, TILE / channels);
    int tiles = Math.ceilDiv(places, perTile);
    int width = channels / groups;
    double count = (double) places * width;

    float[] centres = ops.floats(Scratch.Use.CENTRES, images * channels);
    double[] sums = ops.doubles(Scratch.Use.SUMS, images * tiles * channels);
    double[] squares = ops.doubles(Scratch.Use.SQUARES, images * tiles * channels);
    centres(ops, x, places, perTile, groups, centres, sums, squares);
    sum(ops, x, places, perTile, centres, 1, sums, squares);
    float[] scales = ops.floats(Scratch.Use.SCALES, images * channels);
    float[] shifts = ops.floats(Scratch.Use.SHIFTS, images * channels);
    for (int n = 0; n < images; n++) {
      for (int g = 0; g < groups; g++) {
        // The rounding of the centre is taken back out of the variance, and out of the mean.
        double off = total(sums, n, tiles, channels, g * width, width) / count;
        double square = total(squares, n, tiles, channels, g * width, width) / count;
        double inverse = 1 / Math.sqrt(Math.max(0, square - off * off) + eps);
        for (int c = g * width; c < (g + 1) * width; c++) {
          int i = CacheLine.FIRST + n * channels + c;
          double scale = gamma.data()[gamma.offset() + c] * inverse;
          scales[i] = (float) scale;
          shifts[i] = (float) (beta.data()[beta.offset() + c] - (centres[i] + off) * scale);
        }
      }
    }
    float[] ys = y.data();
    float[] xs = x.data();
    ops.parallel(
        images * tiles,
        t -> {
          int n = t / tiles;
          int first = t % tiles * perTile;
          int at = (n * places + first) * channels;
          ops.kernels()
              .scaleShift(
                  xs,
                  x.offset() + at,
                  Math.min(perTile, places - first),
                  channels,
                  scales,
                  shifts,
                  CacheLine.FIRST + n * channels,
                  silu,
                  ys,
                  y.offset() + at);
        });
  }

  /// Sets `centres` to about the mean of each group, for each of its channels, `[image][channel]`.
  private static void centres(
      CpuOps ops,
      HeapTensor x,
      int places,
      int perTile,
      int groups,
      float[] centres,
      double[] sums,
      double[] squares) {
    int images = x.dim(0);
    int channels = x.dim(-1);
    int width = channels / groups;
    int tiles = Math.ceilDiv(places, perTile);
    int last = places - (tiles - 1) * perTile;
    long seen = (tiles - 1L) * Math.ceilDiv(perTile, SAMPLE) + Math.ceilDiv(last, SAMPLE);
    Arrays.fill(centres, CacheLine.FIRST, CacheLine.FIRST + images * channels, 0);
    sum(ops, x, places, perTile, centres, SAMPLE, sums, squares);
    for (int n = 0; n < images; n++) {
      for (int g = 0; g < groups; g++) {
        double total = total(sums, n, tiles, channels, g * width, width);
        int from = CacheLine.FIRST + n * channels + g * width;
        Arrays.fill(centres, from, from + width, (float) (total / seen / width));
      }
    }
  }

  /// Sums `x - centre` and its square per tile and channel, `[image][tile][channel]`, of every
  /// place or of one place in so many.
  private static void sum(
      CpuOps ops,
      HeapTensor x,
      int places,
      int perTile,
      float[] centres,
      int every,
      double[] sums,
      double[] squares) {
    int images = x.dim(0);
    int channels = x.dim(-1);
    int tiles = Math.ceilDiv(places, perTile);
    float[] xs = x.data();
    int atOnce = every == 1 ? ROWS_PER_SUM : 1;
    ops.parallel(
        images * tiles,
        t -> {
          int n = t / tiles;
          int first = t % tiles * perTile;
          int end = Math.min(places, first + perTile);
          int into = t * channels;
          Arrays.fill(sums, into, into + channels, 0);
          Arrays.fill(squares, into, into + channels, 0);
          for (int p = first; p < end; p += atOnce * every) {
            int at = x.offset() + (n * places + p) * channels;
            int rows = Math.min(atOnce, end - p);
            int centre = CacheLine.FIRST + n * channels;
            ops.kernels().moments(xs, at, rows, channels, centres, centre, sums, squares, into);
          }
        });
  }

  private static double total(
      double[] sums, int image, int tiles, int channels, int first, int width) {
    double total = 0;
    for (int t = image * tiles; t < (image + 1) * tiles; t++) {
      for (int c = first; c < first + width; c++) {
        total += sums[t * channels + c];
      }
    }
    return total;
  }

  static void layerNorm(
      CpuOps ops, HeapTensor x, HeapTensor gamma, HeapTensor beta, float eps, HeapTensor y) {
    int channels = x.dim(-1);
    float[] xs = x.data();
    float[] ys = y.data();
    ops.rows(
        channels == 0 ? 0 : x.size() / channels,
        channels,
        (from, to) -> {
          for (int r = from; r < to; r++) {
            ops.kernels()
                .normaliseRow(
                    xs,
                    x.offset() + r * channels,
                    channels,
                    eps,
                    gamma.data(),
                    gamma.offset(),
                    beta.data(),
                    beta.offset(),
                    ys,
                    y.offset() + r * channels);
          }
        });
  }
}
