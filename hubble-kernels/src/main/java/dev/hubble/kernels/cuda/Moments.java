// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import dev.hubble.kernels.Shape;

/// What the kernel that wrote an image said of its numbers, so that the group normalisation that
/// follows need not read them once more for it: mean and sum of squared deviations, as floats, of
/// every [#ROWS] pixels and two channels.
///
/// They lie behind the image and end with it. Who computes does not know what comes next, nor by
/// how many groups; so all images have them that are wide enough to be normalised and whose units
/// never straddle two images of a batch. They take a thirty-second of an image's memory, in float32
/// half as much.
///
/// @param address where they are: `[pixels/64, channels/2, 2]`, those of an image in any order
/// @param places how many pixels an image has
/// @param channels how many channels the image has
record Moments(long address, long places, int channels) {
  /// Pixels of a unit; an image of a batch must begin with a unit.
  static final int ROWS = 64;

  /// Channels of a unit.
  static final int CHANNELS = 2;

  /// Those of an image of this shape.
  static Moments behind(Shape shape, long address) {
    return new Moments(address, (long) shape.dim(1) * shape.dim(2), shape.dim(3));
  }

  // What has fewer channels is latents or a picture.
  private static final int NARROWEST = 32;
  private static final int BYTES = 2 * Float.BYTES; // of a unit

  /// Whether an image of this shape has moments.
  static boolean suit(Shape shape) {
    return shape.rank() == 4
        && shape.size() > 0
        && shape.dim(3) >= NARROWEST
        && shape.dim(3) % CHANNELS == 0
        && (long) shape.dim(1) * shape.dim(2) % ROWS == 0;
  }

  /// How much memory those of an image take.
  static long bytes(Shape shape) {
    return shape.size() / (ROWS * CHANNELS) * BYTES;
  }

  /// Where those of a view begin, or 0 if it has none, because it is not of whole images.
  ///
  /// @param offset where the view begins in the image, in elements
  long of(Shape view, long offset) {
    long image = places * channels;
    if (view.rank() < 2
        || view.dim(-1) != channels
        || view.size() == 0
        || view.size() / view.dim(0) != image
        || offset % image != 0) {
      return 0;
    }
    long at = address + offset / (ROWS * CHANNELS) * BYTES;
    return at % DeviceTensors.ALIGNMENT == 0 ? at : 0;
  }
}
