// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import org.jspecify.annotations.Nullable;

/// The picture that a run starts from.
///
/// @param pixels `[height,width,3]`, from -1 to 1
/// @param strength how much of the way from noise is walked: 0 nothing, 1 all of it
/// @param mask `[height,width]`, 1 where the picture is drawn anew and 0 where it stays; null for
///   everywhere
// Never compared.
@SuppressWarnings("ArrayRecordComponent")
public record StartImage(float[] pixels, double strength, float @Nullable [] mask) {
  /// How many of `steps` steps are left out.
  int skipped(int steps) {
    return steps - Math.min((int) (steps * strength), steps);
  }
}
