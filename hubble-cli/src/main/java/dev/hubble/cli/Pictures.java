// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import dev.hubble.Generated;
import dev.hubble.image.Png;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// Writes pictures as PNG files with their recipes.
final class Pictures {
  private Pictures() {}

  /// Writes all of a result, and tells `done` where each is as soon as it is there.
  static List<Path> write(Generated generated, Destination destination, Consumer<Path> done) {
    int count = generated.pictures().size();
    var files = new ArrayList<Path>();
    for (int i = 1; i <= count; i++) {
      Path file = write(generated, i, destination, i, count);
      files.add(file);
      done.accept(file);
    }
    return files;
  }

  /// Writes picture `which` (from 1) of a result as picture `index` of `count`.
  static Path write(Generated generated, int which, Destination destination, int index, int count) {
    Generated.Picture picture = generated.pictures().get(which - 1);
    return destination.write(
        picture.prompt(),
        picture.seed(),
        index,
        count,
        out -> Png.write(generated, picture, VersionProvider.version(), out));
  }
}
