// SPDX-License-Identifier: Apache-2.0
package dev.hubble.model;

import dev.hubble.HubbleException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/// Finds the files of a model by what a user calls it.
public final class Models {
  /// The name of the embedded model.
  public static final String MINI = "mini";

  private Models() {}

  /// The files of `model`: `mini`, or a diffusers folder.
  ///
  /// @throws HubbleException.Model if there is no such model
  public static ModelFiles find(String model) {
    if (model.equals(MINI)) {
      return EmbeddedFiles.open();
    }
    Path path = path(model);
    if (Files.isDirectory(path)) {
      if (!Files.exists(path.resolve("model_index.json"))) {
        throw new HubbleException.Model(
            "%s has no model_index.json: it is not the folder of a diffusers model."
                .formatted(path));
      }
      return new FolderFiles(path);
    }
    if (Files.exists(path)) {
      throw new HubbleException.Model(
          "%s is a file: Hubble opens folders in diffusers' layout (with model_index.json), not single files yet."
              .formatted(path));
    }
    throw new HubbleException.Model(
        "There is no model folder %s: give a folder in diffusers' layout, or \"mini\" for the embedded model; fetching from the Hugging Face hub is not supported yet."
            .formatted(model));
  }

  private static Path path(String model) {
    try {
      return Path.of(model);
    } catch (InvalidPathException e) {
      throw new HubbleException.Model("\"" + model + "\" cannot be the path of a model folder.", e);
    }
  }
}
