// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import dev.hubble.schedulers.Route;
import dev.hubble.schedulers.Scheduler;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// What to draw, and how. Immutable: every method that sets something returns a new request.
///
/// What is left unset takes the model's own recommendation, or what diffusers does: 50 steps,
/// guidance 7.5, the size the model was trained at, the scheduler of its `scheduler_config.json`,
/// and a random seed that the result reports.
///
/// @param prompt what the picture shows
/// @param negative what it must not show; the empty text by default
/// @param steps how many denoising steps, at least 1
/// @param guidance how strongly the prompt steers (classifier-free guidance, Ho & Salimans, 2022,
///   arXiv:2207.12598); at most 1 turns it off and halves the work
/// @param seed of the first picture; picture i of `count` uses `seed + i`
/// @param width in pixels, a multiple of 8
/// @param height in pixels, a multiple of 8
/// @param count how many pictures, drawn as one batch
/// @param scheduler a scheduler's name (`pndm`, `dpmpp-2m-karras`, `DPM++ 2M Karras`,
///   `EulerDiscreteScheduler`), or empty for the model's own
/// @param eta how much noise DDIM adds on the way: 0 none, 1 as much as DDPM
/// @param noise whose noise the seed stands for
/// @param clipSkip how many of the text encoder's last layers the prompt does without, as diffusers
///   counts: 0 none; AUTOMATIC1111's web UI says 1 for that
/// @param guidanceRescale how much of the contrast that guidance adds is taken back, from 0 to 1
/// @param prompting how the texts are read, and what replaces them
/// @param initImage a picture to start from instead of noise alone; its size is the result's
/// @param strength how much of the way from noise is walked with an initial picture: near 0 it
///   stays as it is, with 1 hardly anything of it is left; 0.8 by default, and 1 with a mask
/// @param mask white where the initial picture is drawn anew, black where it stays
/// @param modes the less ordinary wishes, each of which has a method here
/// @param safety what the model's safety checker does with the pictures
public record Request(
    String prompt,
    String negative,
    OptionalInt steps,
    OptionalDouble guidance,
    OptionalLong seed,
    OptionalInt width,
    OptionalInt height,
    int count,
    String scheduler,
    float eta,
    NoiseKind noise,
    int clipSkip,
    double guidanceRescale,
    Prompting prompting,
    @Nullable BufferedImage initImage,
    OptionalDouble strength,
    @Nullable BufferedImage mask,
    Modes modes,
    Safety safety) {

  public Request {
    Objects.requireNonNull(prompt, "prompt");
    Objects.requireNonNull(negative, "negative");
    Objects.requireNonNull(scheduler, "scheduler");
    Objects.requireNonNull(noise, "noise");
    Objects.requireNonNull(prompting, "prompting");
    Objects.requireNonNull(modes, "modes");
    Objects.requireNonNull(safety, "safety");
  }

  /// A request for `prompt` with everything else at its default.
  public static Request of(String prompt) {
    return new Request(
        prompt,
        "",
        OptionalInt.empty(),
        OptionalDouble.empty(),
        OptionalLong.empty(),
        OptionalInt.empty(),
        OptionalInt.empty(),
        1,
        "",
        0f,
        NoiseKind.TORCH_CPU,
        0,
        0,
        Prompting.DEFAULT,
        null,
        OptionalDouble.empty(),
        null,
        Modes.NONE,
        Safety.AUTO);
  }

  /// What a PNG file says of how it was made. [Recipe#read] tells more: the model, and what of the
  /// text Hubble does not understand.
  ///
  /// @throws HubbleException.BadRequest if the file cannot be read, or carries no recipe
  public static Request fromPng(Path png) {
    return Recipe.read(png).request();
  }

  /// What a text in the form of AUTOMATIC1111's web UI says.
  ///
  /// @see Recipe#parse
  public static Request fromParameters(String text) {
    return Recipe.parse(text).request();
  }

  /// The same with another prompt.
  public Request prompt(String text) {
    var draft = new Draft(this);
    draft.prompt = text;
    return draft.finish();
  }

  public Request negative(String text) {
    var draft = new Draft(this);
    draft.negative = text;
    return draft.finish();
  }

  public Request steps(int n) {
    var draft = new Draft(this);
    draft.steps = OptionalInt.of(n);
    return draft.finish();
  }

  public Request guidance(double scale) {
    var draft = new Draft(this);
    draft.guidance = OptionalDouble.of(scale);
    return draft.finish();
  }

  public Request seed(long value) {
    var draft = new Draft(this);
    draft.seed = OptionalLong.of(value);
    return draft.finish();
  }

  public Request size(int widthPx, int heightPx) {
    var draft = new Draft(this);
    draft.width = OptionalInt.of(widthPx);
    draft.height = OptionalInt.of(heightPx);
    return draft.finish();
  }

  public Request width(int pixels) {
    var draft = new Draft(this);
    draft.width = OptionalInt.of(pixels);
    return draft.finish();
  }

  public Request height(int pixels) {
    var draft = new Draft(this);
    draft.height = OptionalInt.of(pixels);
    return draft.finish();
  }

  public Request count(int n) {
    var draft = new Draft(this);
    draft.count = n;
    return draft.finish();
  }

  public Request scheduler(String name) {
    var draft = new Draft(this);
    draft.scheduler = name;
    return draft.finish();
  }

  public Request eta(float value) {
    var draft = new Draft(this);
    draft.eta = value;
    return draft.finish();
  }

  public Request noise(NoiseKind kind) {
    var draft = new Draft(this);
    draft.noise = kind;
    return draft.finish();
  }

  public Request clipSkip(int layers) {
    var draft = new Draft(this);
    draft.clipSkip = layers;
    return draft.finish();
  }

  public Request guidanceRescale(double part) {
    var draft = new Draft(this);
    draft.guidanceRescale = part;
    return draft.finish();
  }

  public Request prompting(Prompting how) {
    var draft = new Draft(this);
    draft.prompting = how;
    return draft.finish();
  }

  /// Reads the texts with the marks of `syntax`.
  public Request syntax(PromptSyntax syntax) {
    return prompting(prompting.syntax(syntax));
  }

  /// Uses embeddings in place of the prompt, which then is a label only; null to encode the prompt.
  public Request promptEmbeddings(@Nullable PromptEmbeddings embeddings) {
    return prompting(prompting.prompt(embeddings));
  }

  /// Uses embeddings in place of the negative prompt; null to encode it.
  public Request negativeEmbeddings(@Nullable PromptEmbeddings embeddings) {
    return prompting(prompting.negative(embeddings));
  }

  public Request initImage(@Nullable BufferedImage picture) {
    var draft = new Draft(this);
    draft.initImage = picture;
    return draft.finish();
  }

  public Request strength(double part) {
    var draft = new Draft(this);
    draft.strength = OptionalDouble.of(part);
    return draft.finish();
  }

  public Request mask(@Nullable BufferedImage picture) {
    var draft = new Draft(this);
    draft.mask = picture;
    return draft.finish();
  }

  /// Says what the model's safety checker does with the pictures.
  public Request safety(Safety mode) {
    var draft = new Draft(this);
    draft.safety = mode;
    return draft.finish();
  }

  private Request modes(Modes other) {
    var draft = new Draft(this);
    draft.modes = other;
    return draft.finish();
  }

  /// Draws pictures of `prompt`, too, in the same batch: `count` of each prompt, the seeds counting
  /// on. May be called again.
  public Request and(String prompt) {
    return and(Subject.of(prompt));
  }

  /// Draws pictures of `subject`, too, in the same batch: `count` of each. May be called again.
  public Request and(Subject subject) {
    var more = new ArrayList<>(modes.more());
    more.add(subject);
    return modes(modes.more(more));
  }

  /// Visits these times of the training, from the latest to the earliest, in as many steps.
  public Request timesteps(int... times) {
    return modes(modes.route(new Route.Times(Arrays.stream(times).boxed().toList())));
  }

  /// Visits these sizes of the noise (where the picture's is 1), which fall to 0 at the end.
  public Request sigmas(double... sizes) {
    return modes(modes.route(new Route.Sigmas(Arrays.stream(sizes).boxed().toList())));
  }

  /// Draws with a scheduler of one's own.
  public Request scheduler(Scheduler.Factory factory) {
    return modes(modes.sampler(factory));
  }

  /// Goes part of the way to another seed's noise.
  public Request variation(long seed, double strength) {
    return modes(modes.variation(new Variation(seed, strength)));
  }

  /// Draws what the seed draws at another size.
  public Request seedSize(int widthPx, int heightPx) {
    return modes(modes.seedSize(new SeedSize(widthPx, heightPx)));
  }

  /// Starts from this noise instead of the seed's: one entry for all pictures, or one for each. Its
  /// variance should be 1; it is scaled to what the scheduler wants, as diffusers' `latents` are.
  public Request latents(@Nullable Latents noise) {
    return modes(modes.noise(noise));
  }

  /// Starts from these latents as from an initial picture: one entry for all pictures, or one for
  /// each.
  public Request initLatents(@Nullable Latents start) {
    return modes(modes.initLatents(start));
  }

  /// Draws each picture again, larger.
  public Request hires(@Nullable Hires second) {
    return modes(modes.hires(second));
  }

  /// Draws pictures that continue on their opposite sides.
  public Request tiling(Tiling axes) {
    return modes(modes.tiling(axes));
  }

  /// Chooses whether the VAE sees pictures in tiles.
  public Request vaeTiling(VaeTiling choice) {
    return modes(modes.vaeTiling(choice));
  }

  /// A request with one thing being changed.
  private static final class Draft {
    private String prompt;
    private String negative;
    private OptionalInt steps;
    private OptionalDouble guidance;
    private OptionalLong seed;
    private OptionalInt width;
    private OptionalInt height;
    private int count;
    private String scheduler;
    private float eta;
    private NoiseKind noise;
    private int clipSkip;
    private double guidanceRescale;
    private Prompting prompting;
    private @Nullable BufferedImage initImage;
    private OptionalDouble strength;
    private @Nullable BufferedImage mask;
    private Modes modes;
    private Safety safety;

    Draft(Request from) {
      prompt = from.prompt;
      negative = from.negative;
      steps = from.steps;
      guidance = from.guidance;
      seed = from.seed;
      width = from.width;
      height = from.height;
      count = from.count;
      scheduler = from.scheduler;
      eta = from.eta;
      noise = from.noise;
      clipSkip = from.clipSkip;
      guidanceRescale = from.guidanceRescale;
      prompting = from.prompting;
      initImage = from.initImage;
      strength = from.strength;
      mask = from.mask;
      modes = from.modes;
      safety = from.safety;
    }

    Request finish() {
      return new Request(
          prompt,
          negative,
          steps,
          guidance,
          seed,
          width,
          height,
          count,
          scheduler,
          eta,
          noise,
          clipSkip,
          guidanceRescale,
          prompting,
          initImage,
          strength,
          mask,
          modes,
          safety);
    }
  }
}
