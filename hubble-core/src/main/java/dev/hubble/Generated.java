// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import java.awt.image.BufferedImage;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.OptionalLong;
import java.util.SequencedMap;

/// What [Hubble#generate] drew, with everything needed to draw it again.
///
/// @param pictures one per requested picture, in order of their seeds, without those that the
///   safety checker blocked
/// @param prompt the prompt
/// @param negative the negative prompt
/// @param tokens how the prompt was cut into tokens, and what of it did not fit
/// @param steps the number of denoising steps that were asked for
/// @param guidance the guidance scale
/// @param scheduler the scheduler's name: `pndm`
/// @param width in pixels, of the first pass if there were two
/// @param height in pixels, of the first pass if there were two
/// @param model the model: name, and a hash of its weights
/// @param device what computed it, in one line
/// @param dtype the number format it was computed in: `f32`
/// @param timings where the time went
/// @param settings what else was set, as AUTOMATIC1111's web UI names and counts it (`Clip skip` 2
///   where one layer was left out), in this order
/// @param safety what the safety checker says of the pictures
/// @param additions the LoRAs and learned words that the model had
/// @param latents the pictures before the VAE decoded them, `[N,4,h,w]`
public record Generated(
    List<Picture> pictures,
    String prompt,
    String negative,
    Tokens tokens,
    int steps,
    double guidance,
    String scheduler,
    int width,
    int height,
    ModelId model,
    String device,
    String dtype,
    Timings timings,
    SequencedMap<String, String> settings,
    SafetyReport safety,
    UsedAdditions additions,
    Latents latents) {

  public Generated {
    settings = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(settings));
  }

  /// A result of nothing but the ordinary settings.
  public Generated(
      List<Picture> pictures,
      String prompt,
      String negative,
      Tokens tokens,
      int steps,
      double guidance,
      String scheduler,
      int width,
      int height,
      ModelId model,
      String device,
      String dtype,
      Timings timings) {
    this(
        pictures,
        prompt,
        negative,
        tokens,
        steps,
        guidance,
        scheduler,
        width,
        height,
        model,
        device,
        dtype,
        timings,
        new LinkedHashMap<>(),
        SafetyReport.OFF,
        UsedAdditions.NONE,
        Latents.NONE);
  }

  /// One picture.
  ///
  /// @param image the picture, 8-bit RGB
  /// @param seed the seed that its noise came from
  /// @param prompt what it shows
  /// @param negative what it was not to show
  /// @param variation the seed that its noise goes part of the way to, if it does
  public record Picture(
      BufferedImage image, long seed, String prompt, String negative, OptionalLong variation) {
    /// A picture of the seed's own noise.
    public Picture(BufferedImage image, long seed, String prompt, String negative) {
      this(image, seed, prompt, negative, OptionalLong.empty());
    }
  }

  /// Which model drew it.
  ///
  /// @param name the hub id, the folder or `hubble-mini`
  /// @param hash 10 hexadecimal digits that depend on the weights alone
  public record ModelId(String name, String hash) {}

  /// Milliseconds per stage.
  ///
  /// @param load reading and packing the weights, once per model
  /// @param waiting for the turn, behind other requests
  /// @param text tokenising and encoding the prompts
  /// @param unet each UNet call, in order
  /// @param vae decoding the latents to pixels
  /// @param total from the call of `generate` to its return
  public record Timings(
      double load, double waiting, double text, List<Double> unet, double vae, double total) {}

  /// The same after the safety checker has looked.
  public Generated checked(List<Picture> left, SafetyReport report) {
    return new Generated(
        left, prompt, negative, tokens, steps, guidance, scheduler, width, height, model, device,
        dtype, timings, settings, report, additions, latents);
  }

  /// The first picture.
  ///
  /// @throws HubbleException.Blocked if the safety checker has left none
  public BufferedImage image() {
    if (pictures.isEmpty()) {
      throw new HubbleException.Blocked(safety.blocked());
    }
    return pictures.getFirst().image();
  }

  /// All of this but the pixels as a JSON object, whose keys stay as they are: `model`, `device`,
  /// `prompt`, `seeds`, `settings`, `milliseconds`, ...
  public String toJson() {
    return GeneratedJson.of(this);
  }
}
