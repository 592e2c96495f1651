// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import dev.hubble.Latents;
import org.jspecify.annotations.Nullable;

/// The picture that a run starts from: pixels, or their latents.
///
/// @param pixels `[height,width,3]`, from -1 to 1; null if there are latents
/// @param latents what an encoder made of it, or another run; null if there are pixels
/// @param strength how much of the way from noise is walked: 0 nothing, 1 all of it
/// @param mask `[height,width]`, 1 where the picture is drawn anew and 0 where it stays; null for
///   everywhere
// Never compared.
@SuppressWarnings("ArrayRecordComponent")
public record StartImage(
    float @Nullable [] pixels,
    @Nullable Latents latents,
    double strength,
    float @Nullable [] mask) {

  /// A start from pixels.
  public StartImage(float[] pixels, double strength, float @Nullable [] mask) {
    this(pixels, null, strength, mask);
  }

  /// How many of `steps` steps are left out.
  int skipped(int steps) {
    return skipped(steps, strength);
  }

  /// How many of `steps` steps a strength leaves out.
  static int skipped(int steps, double strength) {
    return steps - Math.min((int) (steps * strength), steps);
  }
}
