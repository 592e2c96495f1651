// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import dev.hubble.Hires;
import dev.hubble.HubbleException;
import dev.hubble.Latents;
import dev.hubble.Modes;
import dev.hubble.SeedSize;
import dev.hubble.Subject;
import dev.hubble.Tiling;
import dev.hubble.VaeTiling;
import dev.hubble.Variation;
import dev.hubble.schedulers.Route;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// The options for the less ordinary ways to draw.
final class ModeOptions {
  @Spec(Spec.Target.MIXEE)
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Option(
      names = "--prompts",
      paramLabel = "FILE",
      description = "Draw every line of this text file, too, in the same batch.")
  private @Nullable String prompts;

  @Option(
      names = "--timesteps",
      paramLabel = "T,T,...",
      split = ",",
      description = "Visit these times of the training (999 to 0, falling) instead of --steps.")
  private @Nullable List<Integer> timesteps;

  @Option(
      names = "--sigmas",
      paramLabel = "S,S,...",
      split = ",",
      description = "Visit these sizes of the noise, falling to 0, instead of --steps.")
  private @Nullable List<Double> sigmas;

  @Option(
      names = "--variation-seed",
      paramLabel = "S",
      description = "Go part of the way to this seed's noise: pictures that resemble.")
  private @Nullable Long variationSeed;

  @Option(
      names = "--variation-strength",
      paramLabel = "R",
      description = "How far: 0 not at all, to 1; 0.1 by default.")
  private @Nullable Double variationStrength;

  @Option(
      names = "--seed-size",
      paramLabel = "WxH",
      description = "The size that the seed was found at, if another than the picture's.")
  private @Nullable String seedSize;

  @Option(
      names = "--latents",
      paramLabel = "FILE.safetensors",
      description = "Start from this noise instead of the seed's.")
  private @Nullable String latents;

  @Option(
      names = "--init-latents",
      paramLabel = "FILE.safetensors",
      description = "Start from these latents, as from --init-image.")
  private @Nullable String initLatents;

  @Option(
      names = "--hires",
      paramLabel = "X",
      description = "Draw again, X times as large, from what was drawn.")
  private @Nullable Double hires;

  @Option(
      names = "--hires-strength",
      paramLabel = "S",
      description = "How far that goes from it: above 0, to 1; 0.6 by default.")
  private @Nullable Double hiresStrength;

  @Option(
      names = "--hires-steps",
      paramLabel = "N",
      description = "In how many steps; by default as many as the first time.")
  private @Nullable Integer hiresSteps;

  @Option(
      names = "--hires-upscaler",
      paramLabel = "U",
      description = {
        "What enlarges it in between: latent (default), latent-nearest,",
        "latent-bicubic, bicubic or lanczos."
      })
  private @Nullable String hiresUpscaler;

  @Option(
      names = "--tiling",
      paramLabel = "AXES",
      description = "Draw a picture without seams along x, y or xy.")
  private @Nullable String tiling;

  @Option(
      names = "--vae-tiling",
      paramLabel = "WHEN",
      description = "Let the VAE work on tiles: on, off, or auto (default): if memory is short.")
  private String vaeTiling = "auto";

  /// @param folder the folder that relative names start from
  Modes modes(Path folder) {
    if (timesteps != null && sigmas != null) {
      throw usage("Either --timesteps or --sigmas, not both.");
    }
    if (variationSeed == null && variationStrength != null) {
      throw usage("--variation-strength needs a --variation-seed.");
    }
    if (hires == null && (hiresStrength != null || hiresSteps != null || hiresUpscaler != null)) {
      throw usage("Options of the second pass need a --hires.");
    }
    return new Modes(
        prompts == null ? List.of() : lines(prompts, folder),
        timesteps != null
            ? new Route.Times(timesteps)
            : sigmas != null ? new Route.Sigmas(sigmas) : null,
        null,
        variationSeed == null
            ? null
            : new Variation(variationSeed, variationStrength == null ? 0.1 : variationStrength),
        seedSize == null ? null : size(seedSize),
        read(latents, "--latents", folder),
        read(initLatents, "--init-latents", folder),
        hires(),
        tiling == null ? Tiling.NONE : Tiling.of(tiling),
        VaeTiling.of(vaeTiling));
  }

  private @Nullable Hires hires() {
    if (hires == null) {
      return null;
    }
    Hires second = Hires.of(hires);
    if (hiresStrength != null) {
      second = second.strength(hiresStrength);
    }
    if (hiresSteps != null) {
      second = second.steps(hiresSteps);
    }
    return hiresUpscaler == null ? second : second.upscaler(Hires.Upscaler.of(hiresUpscaler));
  }

  private SeedSize size(String text) {
    if (!text.matches("[0-9]{1,6}x[0-9]{1,6}")) {
      throw usage("--seed-size is a width and a height, such as 512x512, not " + text + ".");
    }
    int by = text.indexOf('x');
    return new SeedSize(
        Integer.parseInt(text.substring(0, by)), Integer.parseInt(text.substring(by + 1)));
  }

  private static @Nullable Latents read(@Nullable String name, String option, Path folder) {
    return name == null ? null : Latents.read(Destination.path(name, folder, option));
  }

  private static List<Subject> lines(String name, Path folder) {
    try {
      return Files.readAllLines(Destination.path(name, folder, "--prompts")).stream()
          .map(String::strip)
          .filter(line -> !line.isEmpty())
          .map(Subject::of)
          .toList();
    } catch (IOException e) {
      throw new HubbleException.BadRequest(
          "--prompts " + name + " cannot be read as a text in UTF-8.", e);
    }
  }

  private ParameterException usage(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
