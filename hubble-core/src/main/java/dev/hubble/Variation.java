// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

/// A little of another seed's noise, for pictures that resemble one that is nearly right. Noise is
/// mixed along the great circle between the two, so that it keeps its size (Shoemake, 1985,
/// "Animating rotation with quaternion curves"), the way AUTOMATIC1111's web UI does.
///
/// Picture i of a batch then has the request's seed itself, and goes towards seed + i of these.
///
/// @param seed whose noise to go to
/// @param strength how far: 0 not at all, 1 all the way
public record Variation(long seed, double strength) {
  public Variation {
    if (!(strength >= 0 && strength <= 1)) {
      throw new HubbleException.BadRequest(
          "The strength of a variation is %s; it must be from 0 to 1.".formatted(strength));
    }
  }
}
