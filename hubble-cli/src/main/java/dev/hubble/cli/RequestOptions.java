// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import dev.hubble.Additions;
import dev.hubble.DownloadProgress;
import dev.hubble.HubbleException;
import dev.hubble.LoadOptions;
import dev.hubble.NoiseKind;
import dev.hubble.Request;
import dev.hubble.Safety;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// The options that say what to draw, and with what. Whether a value makes sense is for the library
/// to say: the command line only reads it.
final class RequestOptions {
  @Spec(Spec.Target.MIXEE)
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "PROMPT", description = "What the picture shows.")
  private String prompt = "";

  @Option(
      names = "--model",
      paramLabel = "M",
      defaultValue = "mini",
      description = {
        "A name on the Hugging Face hub, a diffusers folder, a checkpoint",
        "in a single file, or mini: the embedded model (default)."
      })
  private String model = "mini";

  @Mixin private final SingleFileOptions singleFile = new SingleFileOptions();

  @Option(names = "--negative", paramLabel = "TEXT", description = "What it must not show.")
  private String negative = "";

  @Mixin private final AdditionOptions additions = new AdditionOptions();

  @Mixin private final PromptingOptions prompting = new PromptingOptions();

  @Option(
      names = "--steps",
      paramLabel = "N",
      description = "Denoising steps; by default what suits the model.")
  private @Nullable Integer steps;

  @Option(
      names = "--guidance",
      paramLabel = "G",
      description = "How strongly the prompt steers; 1 or less turns it off.")
  private @Nullable Double guidance;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "The same seed draws the same picture; by default a random one.")
  private @Nullable Long seed;

  @Option(names = "--width", paramLabel = "W", description = "In pixels, a multiple of 8.")
  private @Nullable Integer width;

  @Option(names = "--height", paramLabel = "H", description = "In pixels, a multiple of 8.")
  private @Nullable Integer height;

  @Option(
      names = "--count",
      paramLabel = "N",
      description = "How many pictures; picture i has seed S + i.")
  private int count = 1;

  @Option(
      names = "--scheduler",
      paramLabel = "NAME",
      description = {
        "pndm, ddim, euler-a, dpmpp-2m-karras, unipc, ...: a wrong name lists them.",
        "By default the model's own."
      })
  private String scheduler = "";

  @Option(
      names = "--eta",
      paramLabel = "E",
      description = "Noise that ddim adds on the way: 0 none (default) to 1.")
  private float eta;

  @Option(
      names = "--noise",
      paramLabel = "KIND",
      description = "Whose noise the seed stands for: torch-cpu (default) or torch-cuda.")
  private String noise = "torch-cpu";

  @Option(
      names = "--clip-skip",
      paramLabel = "N",
      description = "Leave out the text encoder's last N layers; 0 by default.")
  private int clipSkip;

  @Option(
      names = "--guidance-rescale",
      paramLabel = "R",
      description = "Take back that part of guidance's contrast: 0 (default) to 1.")
  private double guidanceRescale;

  @Option(
      names = "--init-image",
      paramLabel = "FILE",
      description = "Start from this picture; the result has its size.")
  private @Nullable String initImage;

  @Option(
      names = "--strength",
      paramLabel = "S",
      description = "How far to go from it: above 0, to 1; 0.8 by default, 1 with a mask.")
  private @Nullable Double strength;

  @Option(
      names = "--mask",
      paramLabel = "FILE",
      description = "Draw anew only where this picture is white.")
  private @Nullable String mask;

  @Mixin private final ModeOptions modes = new ModeOptions();

  @Option(
      names = "--safety",
      paramLabel = "MODE",
      description = {
        "off, flag or block what the model's safety checker finds something in;",
        "by default flag, if the checker is there. flag and block download it."
      })
  private String safety = "auto";

  @Option(
      names = "--device",
      paramLabel = "D",
      defaultValue = "auto",
      description = "auto (default), cuda, cuda:N, cpu or reference.")
  private String device = "auto";

  @Option(
      names = "--dtype",
      paramLabel = "T",
      defaultValue = "auto",
      description = {
        "auto (default), f32, f16 or bf16: what a GPU computes in (f16 by default),",
        "and what the CPU, which computes in f32, keeps weights in."
      })
  private String dtype = "auto";

  @Option(
      names = "--memory",
      paramLabel = "M",
      defaultValue = "normal",
      description = "normal (default), or low: slower on the CPU, in less memory.")
  private String memory = "normal";

  @Option(
      names = "--precision",
      paramLabel = "P",
      defaultValue = "fast",
      description = {
        "fast (default), or exact: on the CPU no algorithm",
        "that rounds more than plain sums do."
      })
  private String precision = "fast";

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "How many threads compute; by default one per core.")
  private int threads;

  @Mixin private final HubOptions hub = new HubOptions();

  String model() {
    return model;
  }

  int count() {
    return count;
  }

  /// @param folder the folder that relative names start from
  /// @param base the additions that there are unless the options say otherwise
  LoadOptions options(DownloadProgress progress, Path folder, Additions base) {
    if (!Set.of("auto", "f32", "f16", "bf16").contains(dtype)) {
      throw new ParameterException(
          spec.commandLine(), "--dtype must be auto, f32, f16 or bf16, not " + dtype + ".");
    }
    if (!Set.of("normal", "low").contains(memory)) {
      throw new ParameterException(
          spec.commandLine(), "--memory must be normal or low, not " + memory + ".");
    }
    if (!Set.of("fast", "exact").contains(precision)) {
      throw new ParameterException(
          spec.commandLine(), "--precision must be fast or exact, not " + precision + ".");
    }
    if (threads < 0) {
      throw new ParameterException(spec.commandLine(), "--threads cannot be negative.");
    }
    return new LoadOptions(device, threads)
        .dtype(dtype)
        .exact(precision.equals("exact"))
        .lowMemory(memory.equals("low"))
        .singleFile(singleFile.get())
        .hub(hub.get(progress).safetyChecker(Safety.of(safety).needsChecker()))
        .additions(additions.get(folder, base));
  }

  /// @param folder the folder that relative names start from
  Request toRequest(Path folder) {
    return new Request(
        prompt,
        negative,
        steps == null ? OptionalInt.empty() : OptionalInt.of(steps),
        guidance == null ? OptionalDouble.empty() : OptionalDouble.of(guidance),
        seed == null ? OptionalLong.empty() : OptionalLong.of(seed),
        width == null ? OptionalInt.empty() : OptionalInt.of(width),
        height == null ? OptionalInt.empty() : OptionalInt.of(height),
        count,
        scheduler,
        eta,
        NoiseKind.of(noise),
        clipSkip,
        guidanceRescale,
        prompting.get(folder),
        picture(initImage, "--init-image", folder),
        strength == null ? OptionalDouble.empty() : OptionalDouble.of(strength),
        picture(mask, "--mask", folder),
        modes.modes(folder),
        Safety.of(safety));
  }

  private static @Nullable BufferedImage picture(
      @Nullable String name, String option, Path folder) {
    if (name == null) {
      return null;
    }
    Path file = Destination.path(name, folder, option);
    try {
      BufferedImage image = ImageIO.read(file.toFile());
      if (image == null) {
        throw new HubbleException.BadRequest(
            option + " " + name + " is no picture that Java can read (PNG, JPEG, GIF, BMP).");
      }
      return image;
    } catch (IOException e) {
      throw new HubbleException.BadRequest(option + " " + name + " cannot be read.", e);
    }
  }
}
