// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import java.awt.image.BufferedImage;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Objects;

/// The small model with random weights, by the public API.
final class Tiny {
  private Tiny() {}

  static Hubble load(LoadOptions options) {
    return Hubble.load(folder().toString(), options);
  }

  static Hubble load() {
    return load(LoadOptions.DEFAULT);
  }

  private static Path folder() {
    try {
      return Path.of(Objects.requireNonNull(Tiny.class.getResource("/reference/tiny-sd")).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  static BufferedImage gray() {
    return new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
  }

  static int[] pixels(Generated generated) {
    return pixels(generated.image());
  }

  static int[] pixels(BufferedImage image) {
    return image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
  }
}
