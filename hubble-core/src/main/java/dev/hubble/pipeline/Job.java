// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import dev.hubble.Hires;
import dev.hubble.Modes;
import dev.hubble.NoiseKind;
import dev.hubble.Prompting;
import dev.hubble.Variation;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A request with every choice made.
///
/// @param images what each picture of the batch shows
/// @param steps how many denoising steps
/// @param guidance how strongly the prompts steer
/// @param width in pixels
/// @param height in pixels
/// @param scheduler a scheduler's name, or empty for the model's own
/// @param eta how much noise DDIM adds
/// @param noise whose noise the seeds stand for
/// @param clipSkip how many of the text encoder's last layers the prompts do without
/// @param guidanceRescale how much of guidance's contrast is taken back
/// @param prompting how the texts are read, and what replaces them
/// @param start the picture to start from; null for noise alone
/// @param modes the less ordinary wishes; what `images` say already is not looked up here
public record Job(
    List<Image> images,
    int steps,
    float guidance,
    int width,
    int height,
    String scheduler,
    float eta,
    NoiseKind noise,
    int clipSkip,
    float guidanceRescale,
    Prompting prompting,
    @Nullable StartImage start,
    Modes modes) {

  /// A run with nothing out of the ordinary.
  public Job(
      List<Image> images,
      int steps,
      float guidance,
      int width,
      int height,
      String scheduler,
      float eta) {
    this(
        images,
        steps,
        guidance,
        width,
        height,
        scheduler,
        eta,
        NoiseKind.TORCH_CPU,
        0,
        0,
        Prompting.DEFAULT,
        null,
        Modes.NONE);
  }

  /// One picture of the batch.
  public record Image(String prompt, String negative, long seed, @Nullable Variation variation) {
    /// A picture of the seed's own noise.
    public Image(String prompt, String negative, long seed) {
      this(prompt, negative, seed, null);
    }
  }

  /// Whether the negative prompt is used at all: below, its weight in the mix would not be
  /// negative.
  boolean guided() {
    return guidance > 1;
  }

  /// The width of the finished pictures, in pixels.
  int finalWidth() {
    return enlarged(width);
  }

  /// The height of the finished pictures, in pixels.
  int finalHeight() {
    return enlarged(height);
  }

  private int enlarged(int pixels) {
    Hires hires = modes.hires();
    int scale = TextToImage.LATENT_SCALE;
    return hires == null ? pixels : (int) (pixels * hires.scale()) / scale * scale;
  }
}
