// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import java.util.ArrayList;
import java.util.List;

/// Runs a network over an image too large for it: over tiles that overlap by a quarter, whose
/// results are faded into each other where they do. This is what `enable_vae_tiling` of diffusers
/// does, number by number.
///
/// @param size of a tile
/// @param step from one tile to the next
/// @param up how many result pixels a pixel becomes along each axis; 1 if there are fewer
/// @param down how many pixels become one result pixel; 1 if there are more
record Tiles(int size, int step, int up, int down) {
  /// How much of a tile is its own; the rest the next one has, too.
  private static final double OWN = 0.75;

  /// How far it is from a tile of `size` latents to the next.
  static int step(int size) {
    return (int) (size * OWN);
  }

  /// Tiles of `size` latents, each of which becomes `scale x scale` pixels.
  static Tiles decoding(int size, int scale) {
    return new Tiles(size, step(size), scale, 1);
  }

  /// Tiles of `size` pixels, `scale x scale` of which become one latent.
  static Tiles encoding(int size, int scale) {
    return new Tiles(size, step(size / scale) * scale, 1, scale);
  }

  /// A network on one tile.
  interface Network {
    float[] apply(float[] tile, int rows, int columns);
  }

  /// The result of a tile, `[rows,columns,channels]`.
  private record Done(float[] values, int rows, int columns, int channels) {
    /// Fades from what lies above: its last rows overlap these first ones.
    void blendBelow(Done above, int most) {
      int extent = Math.min(Math.min(above.rows, rows), most);
      for (int y = 0; y < extent; y++) {
        fade(above, above.rows - extent + y, 0, y, 0, columns, y / (float) extent);
      }
    }

    /// Fades from what lies to the left.
    void blendBeside(Done left, int most) {
      int extent = Math.min(Math.min(left.columns, columns), most);
      for (int y = 0; y < rows; y++) {
        for (int x = 0; x < extent; x++) {
          fade(left, y, left.columns - extent + x, y, x, 1, x / (float) extent);
        }
      }
    }

    private void fade(Done other, int fromY, int fromX, int y, int x, int count, float part) {
      int from = (fromY * other.columns + fromX) * channels;
      int at = (y * columns + x) * channels;
      for (int i = 0; i < count * channels; i++) {
        values[at + i] = other.values[from + i] * (1 - part) + values[at + i] * part;
      }
    }
  }

  private int result(int length) {
    return length * up / down;
  }

  /// Runs `network` over an image `[height,width,channels]`.
  float[] run(float[] image, int height, int width, int channels, Network network) {
    if (height <= size && width <= size) {
      return network.apply(image, height, width);
    }
    int own = result(step);
    int overlap = result(size) - own;
    float[] whole = new float[0];
    List<Done> above = List.of();
    for (int y = 0; y < height; y += step) {
      var row = new ArrayList<Done>();
      for (int x = 0; x < width; x += step) {
        int rows = Math.min(size, height - y);
        int columns = Math.min(size, width - x);
        float[] tile = cut(image, width, channels, y, x, rows, columns);
        float[] values = network.apply(tile, rows, columns);
        int depth = values.length / (result(rows) * result(columns));
        var done = new Done(values, result(rows), result(columns), depth);
        if (!above.isEmpty()) {
          done.blendBelow(above.get(row.size()), overlap);
        }
        if (!row.isEmpty()) {
          done.blendBeside(row.getLast(), overlap);
        }
        row.add(done);
        if (whole.length == 0) {
          whole = new float[Math.multiplyExact(result(height) * result(width), depth)];
        }
        paste(done, own, whole, result(width), result(y), result(x));
      }
      above = row;
    }
    return whole;
  }

  private static float[] cut(
      float[] image, int width, int channels, int y, int x, int rows, int columns) {
    float[] tile = new float[rows * columns * channels];
    for (int r = 0; r < rows; r++) {
      int from = ((y + r) * width + x) * channels;
      System.arraycopy(image, from, tile, r * columns * channels, columns * channels);
    }
    return tile;
  }

  /// Copies what is a tile's own.
  private static void paste(Done tile, int own, float[] whole, int width, int y, int x) {
    int rows = Math.min(own, tile.rows);
    int columns = Math.min(own, tile.columns);
    for (int r = 0; r < rows; r++) {
      System.arraycopy(
          tile.values,
          r * tile.columns * tile.channels,
          whole,
          ((y + r) * width + x) * tile.channels,
          columns * tile.channels);
    }
  }
}
