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
/// @param address where they are: `[pixels/64, channels/2, 2]`
/// @param channels how many channels the image has
record Moments(long address, int channels) {
  /// Pixels of a unit; an image of a batch must begin with a unit.
  static final int ROWS = 64;

  /// Channels of a unit.
  static final int CHANNELS = 2;

  // What has fewer channels is latents or a picture.
  private static final int NARROWEST = 32;
  private static final int BYTES = 2 * Float.BYTES; // of a unit

  /// Whether an image of this shape has moments.
  static boolean suit(Shape shape) {
    return shape.rank() == 4
        && shape.size() > 0
        && shape.dim(3) >= NARROWEST
        && shape.dim(3) % CHANNELS == 0
        && countable((long) shape.dim(1) * shape.dim(2));
  }

  private static boolean countable(long places) {
    return places % ROWS == 0;
  }

  /// How much memory those of an image take.
  static long bytes(Shape shape) {
    return shape.size() / (ROWS * CHANNELS) * BYTES;
  }

  /// Where those of a view begin, or 0 if it has none.
  ///
  /// @param offset where the view begins in the image, in elements
  long of(Shape view, long offset) {
    long row = (long) ROWS * channels;
    if (view.rank() < 2
        || view.dim(-1) != channels
        || view.size() == 0
        || !countable(view.size() / view.dim(0) / channels)
        || offset % row != 0) {
      return 0;
    }
    long at = address + offset / row * (channels / CHANNELS) * BYTES;
    return at % DeviceTensors.ALIGNMENT == 0 ? at : 0;
  }
}
