// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import dev.hubble.HubbleException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Where the pictures go: into a folder under names made from the prompt, where nothing is ever
/// replaced; or into the file that the user named, which may be.
///
/// @param folder the folder, as the user wrote it
/// @param file the name of the file in it, or null for names from the prompt
record Destination(Path folder, @Nullable String file) {
  private static final Set<String> OTHER_FORMATS =
      Set.of("jpg", "jpeg", "gif", "bmp", "webp", "tif", "tiff", "avif");

  /// What `-o output` means, seen from `current`.
  static Destination of(@Nullable String output, Path current) {
    if (output == null) {
      return new Destination(current, null);
    }
    Path path = path(output, current, "-o");
    if (Files.isDirectory(path) || output.endsWith("/")) {
      return new Destination(path, null);
    }
    String name = String.valueOf(path.getFileName());
    String extension = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    if (OTHER_FORMATS.contains(extension)) {
      throw new HubbleException.BadRequest(
          "Hubble writes PNG files: name it -o " + output.replaceAll("\\.[^.]*$", ".png"));
    }
    Path parent = path.getParent();
    return new Destination(parent == null ? current : parent, name);
  }

  /// `text` as a path, seen from `current`.
  static Path path(String text, Path current, String option) {
    try {
      if (!text.isEmpty()) {
        return current.resolve(text);
      }
    } catch (InvalidPathException e) {
      throw new HubbleException.BadRequest(option + " is no file name here: " + e.getMessage());
    }
    throw new HubbleException.BadRequest(option + " needs a file name.");
  }

  /// Refuses a place that cannot be written to.
  void check(int count) {
    if (file == null) {
      SafeFile.checkFolder(folder.toAbsolutePath());
    }
    for (int i = 1; file != null && i <= count; i++) {
      SafeFile.checkWritable(numbered(file, i, count));
    }
  }

  /// Writes picture `index` (from 1) of `count`, and says where.
  Path write(String prompt, long seed, int index, int count, SafeFile.Content content) {
    if (file != null) {
      Path target = numbered(file, index, count);
      SafeFile.replace(target, content);
      return target;
    }
    String stem = Slug.of(prompt) + "-" + seed;
    return SafeFile.create(i -> folder.resolve(stem + (i == 1 ? "" : "-" + i) + ".png"), content);
  }

  private Path numbered(String name, int index, int count) {
    if (count == 1) {
      return folder.resolve(name);
    }
    int dot = name.lastIndexOf('.');
    String stem = dot > 0 ? name.substring(0, dot) : name;
    String extension = dot > 0 ? name.substring(dot) : "";
    return folder.resolve(stem + "-" + index + extension);
  }
}
