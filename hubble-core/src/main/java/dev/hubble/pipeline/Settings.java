// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import dev.hubble.NoiseKind;
import dev.hubble.PromptSyntax;
import dev.hubble.Tiling;
import dev.hubble.schedulers.Route;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/// What else was set for a run, under the names that AUTOMATIC1111's web UI gives it, where it has
/// any.
final class Settings {
  private Settings() {}

  static SequencedMap<String, String> of(Job job, TextToImage.Result result) {
    var settings = new LinkedHashMap<String, String>();
    var start = job.start();
    var modes = job.modes();
    var hires = modes.hires();
    if (start != null) {
      settings.put("Denoising strength", Double.toString(start.strength()));
    } else if (hires != null) {
      settings.put("Denoising strength", Double.toString(hires.strength()));
    }
    if (job.prompting().syntax() != PromptSyntax.DIFFUSERS) {
      settings.put("Prompt syntax", job.prompting().syntax().toString());
    }
    if (job.clipSkip() > 0) {
      settings.put("Clip skip", Integer.toString(job.clipSkip() + 1));
    }
    if (job.guidanceRescale() > 0) {
      settings.put("Guidance rescale", Float.toString(job.guidanceRescale()));
    }
    if (job.eta() > 0) {
      settings.put("Eta DDIM", Float.toString(job.eta()));
    }
    // To others a missing one means that of a GPU.
    settings.put("RNG", job.noise() == NoiseKind.TORCH_CUDA ? "NV" : "CPU");
    switch (modes.route()) {
      case Route.Times list -> settings.put("Timesteps", joined(list.times()));
      case Route.Sigmas list -> settings.put("Sigmas", joined(list.sigmas()));
      case null, default -> {}
    }
    var variation = modes.variation();
    if (variation != null) {
      // Its seed is told for each picture.
      settings.put("Variation seed strength", Double.toString(variation.strength()));
    }
    var size = modes.seedSize();
    if (size != null) {
      settings.put("Seed resize from", size.width() + "x" + size.height());
    }
    if (hires != null) {
      settings.put("Hires upscale", Double.toString(hires.scale()));
      if (start != null) {
        settings.put("Hires strength", Double.toString(hires.strength()));
      }
      if (hires.steps().isPresent()) {
        settings.put("Hires steps", Integer.toString(hires.steps().getAsInt()));
      }
      settings.put("Hires upscaler", hires.upscaler().title());
    }
    if (modes.tiling() != Tiling.NONE) {
      settings.put("Tiling", modes.tiling() == Tiling.XY ? "True" : modes.tiling().label());
    }
    if (result.tiled()) {
      settings.put("VAE tiling", "True");
    }
    return settings;
  }

  private static String joined(List<? extends Number> numbers) {
    return numbers.stream().map(Number::toString).collect(Collectors.joining(" "));
  }
}
