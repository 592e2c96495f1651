// SPDX-License-Identifier: Apache-2.0
package dev.hubble.model;

import dev.hubble.HubAccess;
import dev.hubble.HubbleException;
import dev.hubble.LoadOptions;
import dev.hubble.SingleFileHints;
import dev.hubble.weights.hub.RepoId;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/// Finds the files of a model by what a user calls it.
public final class Models {
  /// The name of the embedded model.
  public static final String MINI = "mini";

  private Models() {}

  /// The files of `model`, with nothing special to say about it.
  ///
  /// @see #find(String, LoadOptions)
  public static ModelFiles find(String model) {
    return find(model, LoadOptions.DEFAULT);
  }

  /// The files of `model`: `mini`, a diffusers folder, a single file, or else a model on the hub.
  /// What is on disk wins over a model on the hub of the same name.
  ///
  /// @throws HubbleException.Model if there is no such model
  /// @throws HubbleException.BadRequest if there is something to say about a single file and the
  ///   model is none
  public static ModelFiles find(String model, LoadOptions options) {
    if (!model.equals(MINI) && Files.isRegularFile(path(model))) {
      return new SingleFileModel(
          path(model), options.singleFile(), new ClipVocabulary(options.hub()));
    }
    if (!options.singleFile().equals(SingleFileHints.DEFAULT)) {
      throw new HubbleException.BadRequest(
          "%s is no single file, so it has its own configuration and tokenizer: leave out --tokenizer, --config and --ema."
              .formatted(model));
    }
    return model.equals(MINI) ? EmbeddedFiles.open() : folder(model, options.hub());
  }

  private static FolderFiles folder(String model, HubAccess hub) {
    Path path = path(model);
    if (Files.isDirectory(path)) {
      if (!Files.exists(path.resolve("model_index.json"))) {
        throw new HubbleException.Model(
            "%s has no model_index.json: it is not the folder of a diffusers model."
                .formatted(path));
      }
      return new FolderFiles(path, hub.variant());
    }
    if (isHubId(model)) {
      return HubModels.model(RepoId.parse(model), hub);
    }
    throw new HubbleException.Model(
        "There is no model %s: give a folder in diffusers' layout, a checkpoint in a single file, a model on the Hugging Face hub such as CompVis/stable-diffusion-v1-4, or \"mini\" for the embedded model."
            .formatted(model));
  }

  /// The folder of `model`, downloaded if need be.
  public static Path download(String model, HubAccess hub) {
    if (model.equals(MINI) || Files.isRegularFile(path(model))) {
      throw new HubbleException.BadRequest(
          "There is nothing to download for %s: it is here already.".formatted(model));
    }
    return folder(model, hub).folder();
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
      throw new HubbleException.Model("\"" + model + "\" cannot be the path of a model.", e);
    }
  }
}
