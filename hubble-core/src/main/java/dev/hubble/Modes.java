// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import dev.hubble.schedulers.Route;
import dev.hubble.schedulers.Scheduler;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The less ordinary wishes of a [Request], each of which has a method there. Immutable.
///
/// @param more what the pictures after the first ones show: many prompts in one call
/// @param route the times or sizes of noise that the run visits; null for evenly spread steps
/// @param sampler makes a scheduler of one's own; null for one by name
/// @param variation another seed to go part of the way to; null for none
/// @param seedSize the size that the seed was found at, if the picture is to have another; null for
///   its own
/// @param noise the noise to start from instead of the seed's; null for the seed's
/// @param initLatents latents to start from, as from an initial picture; null for none
/// @param hires how the picture is drawn again, larger; null for once only
/// @param tiling along which axes the picture continues on its opposite side
/// @param vaeTiling whether the VAE sees the picture in tiles
public record Modes(
    List<Subject> more,
    @Nullable Route route,
    Scheduler.@Nullable Factory sampler,
    @Nullable Variation variation,
    @Nullable SeedSize seedSize,
    @Nullable Latents noise,
    @Nullable Latents initLatents,
    @Nullable Hires hires,
    Tiling tiling,
    VaeTiling vaeTiling) {

  /// Nothing of the kind.
  public static final Modes NONE =
      new Modes(List.of(), null, null, null, null, null, null, null, Tiling.NONE, VaeTiling.AUTO);

  public Modes {
    more = List.copyOf(more);
  }

  Modes more(List<Subject> other) {
    return new Modes(
        other, route, sampler, variation, seedSize, noise, initLatents, hires, tiling, vaeTiling);
  }

  Modes route(@Nullable Route other) {
    return new Modes(
        more, other, sampler, variation, seedSize, noise, initLatents, hires, tiling, vaeTiling);
  }

  Modes sampler(Scheduler.@Nullable Factory other) {
    return new Modes(
        more, route, other, variation, seedSize, noise, initLatents, hires, tiling, vaeTiling);
  }

  Modes variation(@Nullable Variation other) {
    return new Modes(
        more, route, sampler, other, seedSize, noise, initLatents, hires, tiling, vaeTiling);
  }

  Modes seedSize(@Nullable SeedSize other) {
    return new Modes(
        more, route, sampler, variation, other, noise, initLatents, hires, tiling, vaeTiling);
  }

  Modes noise(@Nullable Latents other) {
    return new Modes(
        more, route, sampler, variation, seedSize, other, initLatents, hires, tiling, vaeTiling);
  }

  Modes initLatents(@Nullable Latents other) {
    return new Modes(
        more, route, sampler, variation, seedSize, noise, other, hires, tiling, vaeTiling);
  }

  Modes hires(@Nullable Hires other) {
    return new Modes(
        more, route, sampler, variation, seedSize, noise, initLatents, other, tiling, vaeTiling);
  }

  Modes tiling(Tiling other) {
    return new Modes(
        more, route, sampler, variation, seedSize, noise, initLatents, hires, other, vaeTiling);
  }

  Modes vaeTiling(VaeTiling other) {
    return new Modes(
        more, route, sampler, variation, seedSize, noise, initLatents, hires, tiling, other);
  }
}
