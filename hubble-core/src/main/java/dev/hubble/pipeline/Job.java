// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import java.util.List;

/// A request with every choice made.
///
/// @param images what each picture of the batch shows
/// @param steps how many denoising steps
/// @param guidance how strongly the prompts steer
/// @param width in pixels
/// @param height in pixels
/// @param scheduler a scheduler's name, or empty for the model's own
/// @param eta how much noise DDIM adds
public record Job(
    List<Image> images,
    int steps,
    float guidance,
    int width,
    int height,
    String scheduler,
    float eta) {

  /// One picture of the batch.
  public record Image(String prompt, String negative, long seed) {}

  /// Whether the negative prompt is used at all: below, its weight in the mix would not be
  /// negative.
  boolean guided() {
    return guidance > 1;
  }
}
