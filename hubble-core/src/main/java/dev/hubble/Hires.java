// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import java.util.OptionalInt;

/// A second pass at a higher resolution: the picture is drawn at the size that the model knows,
/// enlarged, given some noise, and drawn again from there. A model that draws a large picture at
/// once tends to draw the same thing twice in it. AUTOMATIC1111's web UI calls this "Hires. fix".
///
/// @param scale how much larger the picture becomes, above 1; the result's sides are rounded down
///   to multiples of 8
/// @param strength how much of the way from noise the second pass walks, above 0, to 1
/// @param steps how many steps the second pass makes; by default as many as the first
/// @param upscaler what enlarges the picture in between
public record Hires(double scale, double strength, OptionalInt steps, Upscaler upscaler) {
  /// Twice as large with strength 0.6.
  public static final Hires DEFAULT = new Hires(2, 0.6, OptionalInt.empty(), Upscaler.LATENT);

  public Hires {
    if (!(scale > 1 && scale <= 16)) {
      throw new HubbleException.BadRequest(
          "The second pass would be %s times as large as the first; it must be above 1, to 16."
              .formatted(scale));
    }
    if (!(strength > 0 && strength <= 1)) {
      throw new HubbleException.BadRequest(
          "The strength of the second pass is %s; it must be above 0 and at most 1."
              .formatted(strength));
    }
    if (steps.isPresent() && steps.getAsInt() < 1) {
      throw new HubbleException.BadRequest(
          "The second pass cannot make %d steps.".formatted(steps.getAsInt()));
    }
  }

  /// A second pass that much larger.
  public static Hires of(double scale) {
    return DEFAULT.scale(scale);
  }

  /// The same at another scale.
  public Hires scale(double other) {
    return new Hires(other, strength, steps, upscaler);
  }

  /// The same with another strength.
  public Hires strength(double other) {
    return new Hires(scale, other, steps, upscaler);
  }

  /// The same with that many steps.
  public Hires steps(int n) {
    return new Hires(scale, strength, OptionalInt.of(n), upscaler);
  }

  /// The same with another upscaler.
  public Hires upscaler(Upscaler other) {
    return new Hires(scale, strength, steps, other);
  }

  /// What enlarges the picture between the passes. The first three work on latents and cost
  /// nothing, but need a strength above one half: the decoder shows enlarged latents blurred. The
  /// last two work on the decoded picture, which costs the VAE's time, and take any strength.
  public enum Upscaler {
    /// Latents, linearly.
    LATENT("latent", "Latent"),
    /// Latents, each repeated.
    LATENT_NEAREST("latent-nearest", "Latent (nearest)"),
    /// Latents, cubically (Keys, 1981, with -3/4).
    LATENT_BICUBIC("latent-bicubic", "Latent (bicubic)"),
    /// The picture, cubically (Keys, 1981, with -1/2).
    BICUBIC("bicubic", "Bicubic"),
    /// The picture, with Lanczos' window of three lobes.
    LANCZOS("lanczos", "Lanczos");

    private final String label;
    private final String title;

    Upscaler(String label, String title) {
      this.label = label;
      this.title = title;
    }

    /// Its name on the command line: `latent-nearest`.
    public String label() {
      return label;
    }

    /// Its name in AUTOMATIC1111's web UI: `Latent (nearest)`.
    public String title() {
      return title;
    }

    /// Whether it works on latents.
    public boolean ofLatents() {
      return this != BICUBIC && this != LANCZOS;
    }

    /// The upscaler with that label or title.
    ///
    /// @throws HubbleException.BadRequest if there is none
    public static Upscaler of(String label) {
      for (Upscaler upscaler : values()) {
        if (upscaler.label.equalsIgnoreCase(label) || upscaler.title.equalsIgnoreCase(label)) {
          return upscaler;
        }
      }
      throw new HubbleException.BadRequest(
          "There is no upscaler \"%s\"; choose latent, latent-nearest, latent-bicubic, bicubic or lanczos."
              .formatted(label));
    }
  }
}
