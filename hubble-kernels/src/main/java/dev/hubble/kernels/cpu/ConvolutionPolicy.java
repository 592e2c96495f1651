// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

import dev.hubble.kernels.Precision;
import org.jspecify.annotations.Nullable;

/// Which algorithm computes a 3x3 convolution at stride 1.
///
/// Decided by the sizes of one image, never by how many there are or by the machine, so that an
/// image has the same bits alone and in a batch.
@FunctionalInterface
public interface ConvolutionPolicy {
  /// The algorithms.
  enum Algorithm {
    /// The plain sum.
    DIRECT(null),
    /// Winograd F(2x2,3x3): 2.25 times fewer multiplications with weights 16/9 as large.
    F2(WinogradTile.F2),
    /// Winograd F(4x4,3x3): 4 times fewer multiplications with weights 4 times as large.
    F4(WinogradTile.F4);

    private final @Nullable WinogradTile tile;

    Algorithm(@Nullable WinogradTile tile) {
      this.tile = tile;
    }

    /// Winograd's tile; null for the plain sum.
    @Nullable WinogradTile tile() {
      return tile;
    }
  }

  /// Chooses for an image of `height x width` pixels, after upsampling, of `ins` channels.
  Algorithm choose(int height, int width, int ins, int outs);

  /// A tile of outputs takes part in the product with every transformed weight as one row: the
  /// fewer there are, the less is gained for the memory of the weights. So 32x32 images take
  /// F(4x4), 16x16 F(2x2) and 8x8 neither. On one core both would have been faster there too; it is
  /// the largest filters, of 1280 channels, that are used at these sizes.
  int ROWS = 64;

  /// At 32 channels F(4x4) was faster than the plain sum and F(2x2) was not yet; at 16 both were
  /// slower, as the transforms took more time than the products saved.
  int CHANNELS = 32;

  /// An image of so many pixels has tiles enough that transforming a filter anew for each use takes
  /// a percent or two of the time: so it is not kept transformed. The VAE's filters, used once in a
  /// picture, would take four times their memory.
  int LARGE = 64 * 64;

  /// Whether a filter for images of this size is kept transformed, rather than transformed for each
  /// use.
  static boolean keeps(int height, int width) {
    return (long) height * width < LARGE;
  }

  /// The policy that keeps filters as small as they are.
  static ConvolutionPolicy lowMemory(Precision precision) {
    var usual = of(precision);
    return (height, width, ins, outs) ->
        keeps(height, width) ? Algorithm.DIRECT : usual.choose(height, width, ins, outs);
  }

  /// The policy for a precision. F(4x4)'s errors are larger than those of the plain sum.
  static ConvolutionPolicy of(Precision precision) {
    return (height, width, ins, outs) -> {
      if (ins < CHANNELS || outs < CHANNELS) {
        return Algorithm.DIRECT;
      }
      long twos = Math.ceilDiv(height, 2) * (long) Math.ceilDiv(width, 2);
      long fours = Math.ceilDiv(height, 4) * (long) Math.ceilDiv(width, 4);
      // Tiles over the edge compute pixels that are not there. A third of the products must be
      // saved, or the transforms take longer.
      if (precision == Precision.FAST && fours >= ROWS && 36 * fours < 16 * twos) {
        return Algorithm.F4;
      }
      boolean saves = 16 * twos < 6L * height * width;
      return twos >= ROWS && saves ? Algorithm.F2 : Algorithm.DIRECT;
    };
  }
}
