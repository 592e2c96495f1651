// SPDX-License-Identifier: Apache-2.0
package dev.hubble.model;

import dev.hubble.Hubble;
import dev.hubble.HubbleException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/// Finds the files of a model by what a user calls it.
public final class Models {
  /// The name of the embedded model.
  public static final String MINI = "mini";

  private Models() {}

  /// The files of `model`: `mini`, a diffusers folder, or a single file.
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
      return new SingleFileModel(path, Hubble.SingleFile.DEFAULT);
    }
    throw new HubbleException.Model(
        "There is no model folder %s: give a folder in diffusers' layout, a checkpoint in a single file, or \"mini\" for the embedded model; fetching from the Hugging Face hub is not supported yet."
            .formatted(model));
  }

  /// The files of `model`, which may be a single file that is to be read as `options` say.
  ///
  /// @throws HubbleException.Model if there is no such model
  /// @throws HubbleException.BadRequest if there is something to say about a single file and the
  ///   model is none
  public static ModelFiles find(String model, Hubble.SingleFile options) {
    if (!model.equals(MINI) && Files.isRegularFile(path(model))) {
      return new SingleFileModel(path(model), options);
    }
    if (!options.equals(Hubble.SingleFile.DEFAULT)) {
      throw new HubbleException.BadRequest(
          "%s is no single file, so it has its own configuration and tokenizer: leave out --tokenizer, --config and --ema."
              .formatted(model));
    }
    return find(model);
  }

  private static Path path(String model) {
    try {
      return Path.of(model);
    } catch (InvalidPathException e) {
      throw new HubbleException.Model("\"" + model + "\" cannot be the path of a model folder.", e);
    }
  }
}
