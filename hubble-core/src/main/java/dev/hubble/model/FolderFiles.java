// SPDX-License-Identifier: Apache-2.0
package dev.hubble.model;

import dev.hubble.HubbleException;
import dev.hubble.weights.ComponentFile;
import dev.hubble.weights.TensorStore;
import dev.hubble.weights.WeightsException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// A model in a folder on disk.
///
/// @param folder where
/// @param name for people
/// @param variant the variant of the weights to prefer, such as `fp16`, or null
record FolderFiles(Path folder, String name, @Nullable String variant) implements ModelFiles {
  /// No configuration file or vocabulary comes near this size; a larger one is not what it says it
  /// is.
  private static final long LARGEST_TEXT = 64 << 20;

  FolderFiles(Path folder) {
    this(folder, null);
  }

  FolderFiles(Path folder, @Nullable String variant) {
    this(folder, nameOf(folder), variant);
  }

  private static String nameOf(Path folder) {
    var last = folder.toAbsolutePath().normalize().getFileName();
    return last == null ? folder.toString() : last.toString();
  }

  @Override
  public String locate(String path) {
    return folder.resolve(path).toString();
  }

  @Override
  public @Nullable String find(String path) {
    var file = folder.resolve(path);
    if (!Files.exists(file)) {
      return null;
    }
    try {
      if (Files.size(file) > LARGEST_TEXT) {
        throw new HubbleException.Model(
            "%s holds %s, far more than such a file can need."
                .formatted(file, Size.of(Files.size(file))));
      }
      return Files.readString(file);
    } catch (CharacterCodingException e) {
      throw new HubbleException.Model(file + " is not a UTF-8 text.", e);
    } catch (IOException e) {
      throw new HubbleException.Model("%s cannot be read: %s.".formatted(file, e.getMessage()), e);
    }
  }

  @Override
  public TensorStore weights(String component, String base) {
    try {
      return ComponentFile.find(folder.resolve(component), base, variant).open();
    } catch (WeightsException e) {
      throw new HubbleException.Model(e.getMessage(), e);
    }
  }
}
