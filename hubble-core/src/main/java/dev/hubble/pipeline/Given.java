// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import dev.hubble.HubbleException;
import dev.hubble.Latents;
import dev.hubble.Modes;
import dev.hubble.Request;
import org.jspecify.annotations.Nullable;

/// The size of what a request brings with it, which is the result's unless it says otherwise.
///
/// @param width in pixels
/// @param height in pixels
record Given(int width, int height) {
  /// The size of the picture or latents that a request brings; null if it brings nothing.
  static @Nullable Given of(Request request) {
    var picture = request.initImage();
    Latents latents = request.modes().initLatents();
    if (picture != null) {
      if (latents != null) {
        throw new HubbleException.BadRequest(
            "Either an initial picture or initial latents: not both.");
      }
      return new Given(picture.getWidth(), picture.getHeight());
    }
    if (latents == null) {
      latents = request.modes().noise();
    }
    int scale = TextToImage.LATENT_SCALE;
    return latents == null ? null : new Given(latents.width() * scale, latents.height() * scale);
  }

  /// Refuses latents that do not fit the pictures.
  static void check(Modes modes, int count, int width, int height) {
    check("initial latents", modes.initLatents(), count, width, height);
    check("latents", modes.noise(), count, width, height);
  }

  private static void check(
      String what, @Nullable Latents latents, int count, int width, int height) {
    if (latents == null) {
      return;
    }
    int scale = TextToImage.LATENT_SCALE;
    if (latents.width() * scale != width || latents.height() * scale != height) {
      throw new HubbleException.BadRequest(
          "The %s are for %dx%d pixels, and the picture to draw %dx%d; they must be equal."
              .formatted(what, latents.width() * scale, latents.height() * scale, width, height));
    }
    if (latents.count() != 1 && latents.count() != count) {
      throw new HubbleException.BadRequest(
          "The %s are those of %d pictures, and %d are to be drawn; there must be one for all, or one for each."
              .formatted(what, latents.count(), count));
    }
  }
}
