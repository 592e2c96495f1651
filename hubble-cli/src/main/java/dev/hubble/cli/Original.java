// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import dev.hubble.Additions;
import dev.hubble.Generated;
import dev.hubble.Recipe;
import dev.hubble.Request;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.stream.Collectors;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;

/// The picture that is drawn again, and how near the new one came.
///
/// @param name of the file, as the user wrote it
/// @param additions the LoRAs and learned words of the recipe, found again
record Original(Path file, String name, Recipe recipe, Additions additions) {
  /// Says what of the recipe is left out.
  void noteUnknown(PrintWriter err) {
    if (!recipe.unknown().isEmpty()) {
      err.println(
          "Note: left out, for Hubble does not know it: "
              + recipe.unknown().entrySet().stream()
                  .map(field -> field.getKey() + ": " + field.getValue())
                  .collect(Collectors.joining(", ")));
    }
  }

  /// Says whether the same model drew, and if the same was asked for, whether the same came out.
  void compare(
      Request wanted, Generated generated, @Nullable BufferedImage before, PrintWriter err) {
    String hash = generated.model().hash();
    if (!recipe.isHubbles()) {
      err.printf(
          "Note: %s was not written by Hubble, so models cannot be compared by their hashes.%n",
          name);
    } else if (!recipe.modelHash().equals(hash)) {
      err.printf(
          "Note: %s was drawn by another model (hash %s, this one has %s), so the picture differs.%n",
          name, recipe.modelHash(), hash);
    }
    // Only recipes of Hubble tell everything.
    boolean same = !recipe.isHubbles() || generated.additions().equals(recipe.additions());
    if (before != null && same && wanted.equals(recipe.request())) {
      err.println(comparison(before, generated.image()));
    }
  }

  /// The picture as it is before it may be replaced; null if Java cannot read it.
  @Nullable BufferedImage read() {
    try {
      return ImageIO.read(file.toFile());
    } catch (IOException e) {
      return null;
    }
  }

  private String comparison(BufferedImage before, BufferedImage after) {
    if (before.getWidth() != after.getWidth() || before.getHeight() != after.getHeight()) {
      return "It has another size than %s.".formatted(name);
    }
    int different = 0;
    int most = 0;
    for (int y = 0; y < after.getHeight(); y++) {
      for (int x = 0; x < after.getWidth(); x++) {
        int a = before.getRGB(x, y);
        int b = after.getRGB(x, y);
        int distance = 0;
        for (int shift = 0; shift <= 16; shift += 8) {
          distance = Math.max(distance, Math.abs((a >> shift & 0xff) - (b >> shift & 0xff)));
        }
        most = Math.max(most, distance);
        different += distance > 0 ? 1 : 0;
      }
    }
    return different == 0
        ? "The same picture as %s, bit for bit.".formatted(name)
        : "It differs from %s in %,d pixels of %,d, by at most %d of 255."
            .formatted(name, different, after.getWidth() * after.getHeight(), most);
  }
}
