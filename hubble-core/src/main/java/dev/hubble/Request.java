// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import java.util.Objects;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

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
/// @param scheduler a scheduler's name (`pndm`, `ddim`), or empty for the model's own
/// @param eta how much noise DDIM adds on the way: 0 none, 1 as much as DDPM
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
    float eta) {

  public Request {
    Objects.requireNonNull(prompt, "prompt");
    Objects.requireNonNull(negative, "negative");
    Objects.requireNonNull(scheduler, "scheduler");
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
        0f);
  }

  public Request negative(String text) {
    return new Request(prompt, text, steps, guidance, seed, width, height, count, scheduler, eta);
  }

  public Request steps(int n) {
    return new Request(
        prompt, negative, OptionalInt.of(n), guidance, seed, width, height, count, scheduler, eta);
  }

  public Request guidance(double scale) {
    return new Request(
        prompt,
        negative,
        steps,
        OptionalDouble.of(scale),
        seed,
        width,
        height,
        count,
        scheduler,
        eta);
  }

  public Request seed(long value) {
    return new Request(
        prompt,
        negative,
        steps,
        guidance,
        OptionalLong.of(value),
        width,
        height,
        count,
        scheduler,
        eta);
  }

  public Request size(int widthPx, int heightPx) {
    return new Request(
        prompt,
        negative,
        steps,
        guidance,
        seed,
        OptionalInt.of(widthPx),
        OptionalInt.of(heightPx),
        count,
        scheduler,
        eta);
  }

  public Request count(int n) {
    return new Request(prompt, negative, steps, guidance, seed, width, height, n, scheduler, eta);
  }

  public Request scheduler(String name) {
    return new Request(prompt, negative, steps, guidance, seed, width, height, count, name, eta);
  }

  public Request eta(float value) {
    return new Request(
        prompt, negative, steps, guidance, seed, width, height, count, scheduler, value);
  }
}
