// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import dev.hubble.Tiling;

/// [Tiles] for images that continue on their opposite side. Along such an axis the tiles stand in a
/// circle, evenly spread: the last one overlaps the first, and is faded into it like any other, so
/// that there is no seam where the image ends. Along an axis that is not longer than a tile the
/// network sees all of it, and has to continue it by itself.
///
/// @param size of a tile, in latents
/// @param in how many numbers of the input a latent stands for, along an axis: 1 for the decoder, 8
///   for the encoder
/// @param out the same for the result
/// @param tiling which axes wrap
record WrappedTiles(int size, int in, int out, Tiling tiling) {
  /// A network on one tile.
  interface Network {
    /// Runs the network.
    ///
    /// @param tiling along which axes the tile is the whole of an image that wraps
    float[] apply(float[] tile, int rows, int columns, Tiling tiling);
  }

  /// The tiles along one axis.
  ///
  /// @param begins where each begins, in latents
  /// @param tile how long each is; less at an end that does not wrap
  /// @param length of the axis
  /// @param wraps whether the last one overlaps the first
  // Never compared.
  @SuppressWarnings("ArrayRecordComponent")
  private record Axis(int[] begins, int tile, int length, boolean wraps) {
    static Axis of(int length, int size, boolean wraps) {
      int step = Tiles.step(size);
      if (length <= size) {
        return new Axis(new int[] {0}, length, length, /* wraps= */ false);
      }
      int count = (length + step - 1) / step;
      int[] begins = new int[count];
      for (int i = 0; i < count; i++) {
        begins[i] = wraps ? (int) ((long) i * length / count) : i * step;
      }
      return new Axis(begins, size, length, wraps);
    }

    int end(int i) {
      return wraps ? begins[i] + tile : Math.min(begins[i] + tile, length);
    }

    /// How much number `k` of tile `i` counts in the result: tiles fade in over as much as every
    /// two neighbours have in common, and out where the next one fades in.
    ///
    /// @param scale numbers per latent
    float weight(int i, int k, int scale) {
      int fade = (tile - Tiles.step(tile)) * scale;
      float weight = 1;
      if (begins.length > 1 && (wraps || i > 0)) {
        weight = ramp(k, fade);
      }
      int next = i + 1 < begins.length ? begins[i + 1] : begins[0] + length;
      boolean last = i + 1 == begins.length && !wraps;
      return begins.length == 1 || last
          ? weight
          : weight * (1 - ramp(k - (next - begins[i]) * scale, fade));
    }

    private static float ramp(int k, int fade) {
      return Math.clamp(k / (float) fade, 0f, 1f);
    }
  }

  /// Runs `network` over an image `[height,width,channels]`, sizes in latents.
  float[] run(float[] image, int height, int width, int channels, Network network) {
    var down = Axis.of(height, size, tiling.vertical());
    var across = Axis.of(width, size, tiling.horizontal());
    // What is one tile long wraps within the network.
    var inside =
        Tiling.of(
            tiling.horizontal() && across.begins.length == 1,
            tiling.vertical() && down.begins.length == 1);
    float[] whole = new float[0];
    for (int i = 0; i < down.begins.length; i++) {
      for (int j = 0; j < across.begins.length; j++) {
        int rows = down.end(i) - down.begins[i];
        int columns = across.end(j) - across.begins[j];
        var cut = new Cut(down.begins[i] * in, across.begins[j] * in, rows * in, columns * in);
        float[] tile =
            network.apply(
                cut.of(image, height * in, width * in, channels), rows * in, columns * in, inside);
        int depth = tile.length / (rows * out * columns * out);
        if (whole.length == 0) {
          whole = new float[Math.multiplyExact(height * out * width * out, depth)];
        }
        for (int y = 0; y < rows * out; y++) {
          float vertical = down.weight(i, y, out);
          int to = (down.begins[i] * out + y) % (height * out) * width * out;
          for (int x = 0; x < columns * out; x++) {
            float weight = vertical * across.weight(j, x, out);
            if (weight == 0) {
              continue;
            }
            int at = (to + (across.begins[j] * out + x) % (width * out)) * depth;
            int from = (y * columns * out + x) * depth;
            for (int c = 0; c < depth; c++) {
              whole[at + c] += weight * tile[from + c];
            }
          }
        }
      }
    }
    return whole;
  }

  /// A piece of an image that goes on at its opposite side.
  private record Cut(int y, int x, int rows, int columns) {
    float[] of(float[] image, int height, int width, int channels) {
      float[] piece = new float[rows * columns * channels];
      for (int r = 0; r < rows; r++) {
        for (int c = 0; c < columns; c++) {
          int from = ((y + r) % height * width + (x + c) % width) * channels;
          System.arraycopy(image, from, piece, (r * columns + c) * channels, channels);
        }
      }
      return piece;
    }
  }
}
