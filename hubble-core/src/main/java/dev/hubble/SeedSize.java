// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

/// The size in pixels at which a seed was found. Its noise then stands in the middle of the
/// picture, and a picture of another size shows much the same ("resize seed from" in
/// AUTOMATIC1111's web UI).
///
/// @param width in pixels, a multiple of 8
/// @param height in pixels, a multiple of 8
public record SeedSize(int width, int height) {
  public SeedSize {
    if (width < 8 || height < 8 || width % 8 != 0 || height % 8 != 0) {
      throw new HubbleException.BadRequest(
          "A seed's size is %dx%d pixels; both must be multiples of 8.".formatted(width, height));
    }
  }
}
