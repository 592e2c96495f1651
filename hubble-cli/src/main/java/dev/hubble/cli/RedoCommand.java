// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import dev.hubble.Additions;
import dev.hubble.HubbleException;
import dev.hubble.Recipe;
import dev.hubble.UsedAdditions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Unmatched;

/// `hubble redo FILE.png`: draws what a picture says it is.
@Command(
    name = "hubble redo",
    customSynopsis = "hubble redo FILE.png [options of hubble]",
    description = {
      "Draws a picture again from the recipe in it, bit for bit if Hubble drew it with the same",
      "model. Options replace what the recipe says: hubble redo FILE.png --steps 50"
    },
    sortOptions = false,
    usageHelpAutoWidth = true,
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class)
final class RedoCommand implements Callable<Integer> {
  /// Draws with a command line of its own.
  interface Draw {
    int run(Original original, List<String> args);
  }

  private final Io io;
  private final Draw draw;

  @Parameters(index = "0", paramLabel = "FILE", description = "A PNG file with a recipe.")
  private String file = "";

  @Option(names = "--prompt", paramLabel = "TEXT", description = "Draw this instead.")
  private @Nullable String prompt;

  @Option(
      names = "--additions",
      paramLabel = "FOLDER",
      description = {
        "Where to look for the LoRAs and embeddings that the recipe names, besides",
        "beside the picture and here. May be given several times."
      })
  private List<String> folders = List.of();

  @Unmatched private List<String> overrides = new ArrayList<>();

  RedoCommand(Io io, Draw draw) {
    this.io = io;
    this.draw = draw;
  }

  @Override
  public Integer call() {
    Path path = Destination.path(file, io.folder(), "FILE");
    Recipe recipe = Recipe.read(path);
    var args = new ArrayList<>(RequestArguments.of(recipe.request()));
    if (!overridden("--model")) {
      args.add("--model=" + model(recipe));
    }
    args.addAll(overrides);
    args.add("--");
    args.add(prompt == null ? recipe.request().prompt() : prompt);
    return draw.run(new Original(path, file, recipe, additions(path, recipe)), args);
  }

  private boolean overridden(String option) {
    return overrides.stream().anyMatch(arg -> arg.equals(option) || arg.startsWith(option + "="));
  }

  /// What the recipe names and no option replaces.
  private Additions additions(Path picture, Recipe recipe) {
    var used = recipe.additions();
    var wanted =
        new UsedAdditions(
            overridden("--lora") ? List.of() : used.loras(),
            overridden("--embedding") ? List.of() : used.words());
    var places = new ArrayList<Path>();
    folders.forEach(folder -> places.add(Destination.path(folder, io.folder(), "--additions")));
    var beside = picture.toAbsolutePath().getParent();
    if (beside != null) {
      places.add(beside);
    }
    places.add(io.folder());
    return wanted.find(places);
  }

  /// Where the model is, if its name says so.
  private String model(Recipe recipe) {
    String name = recipe.model();
    if (name.equals("hubble-mini")) {
      return "mini";
    }
    if (recipe.isHubbles() && name.contains("/")) {
      return name;
    }
    throw new HubbleException.BadRequest(
        name.isEmpty()
            ? "%s does not say which model drew it; say where it is: --model M".formatted(file)
            : "%s says only that its model is called %s; say where it is: --model M"
                .formatted(file, name));
  }
}
