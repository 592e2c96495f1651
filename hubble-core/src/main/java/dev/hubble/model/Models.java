// SPDX-License-Identifier: Apache-2.0
package dev.hubble.model;

import dev.hubble.Hubble;
import dev.hubble.HubbleException;
import dev.hubble.weights.hub.RepoId;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/// Finds the files of a model by what a user calls it.
public final class Models {
  /// The name of the embedded model.
  public static final String MINI = "mini";

  private Models() {}

  /// The files of `model`, found as the environment says.
  ///
  /// @see #find(String, Hubble.Hub)
  public static ModelFiles find(String model) {
    return find(model, Hubble.Hub.DEFAULT);
  }

  /// The files of `model`: `mini`, a diffusers folder, or else a model on the hub. A folder wins
  /// over a model on the hub of the same name.
  ///
  /// @throws HubbleException.Model if there is no such model
  public static ModelFiles find(String model, Hubble.Hub hub) {
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
      return new FolderFiles(path, hub.variant());
    }
    if (Files.exists(path)) {
      throw new HubbleException.Model(
          "%s is a file: Hubble opens folders in diffusers' layout (with model_index.json), not single files yet."
              .formatted(path));
    }
    if (isHubId(model)) {
      return HubModels.model(RepoId.parse(model), hub);
    }
    throw new HubbleException.Model(
        "There is no model folder %s: give a folder in diffusers' layout, a model on the Hugging Face hub such as CompVis/stable-diffusion-v1-4, or \"mini\" for the embedded model."
            .formatted(model));
  }

  /// The folder of `model`, downloaded if need be.
  public static Path download(String model, Hubble.Hub hub) {
    if (find(model, hub) instanceof FolderFiles files) {
      return files.folder();
    }
    throw new HubbleException.BadRequest(
        "There is nothing to download for %s: it is embedded.".formatted(model));
  }

  /// Whether `model` can be the name of a model on the hub. The names of weight files cannot,
  /// though a hub would allow some: they are misspelt far more often than repositories are called
  /// so.
  static boolean isHubId(String model) {
    return RepoId.isValid(model) && !model.matches(".*\\.(safetensors|ckpt|bin|pt|pth)");
  }

  static Path path(String model) {
    try {
      return Path.of(model);
    } catch (InvalidPathException e) {
      throw new HubbleException.Model("\"" + model + "\" cannot be the path of a model folder.", e);
    }
  }
}
