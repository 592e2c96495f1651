// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import dev.hubble.NoiseKind;
import dev.hubble.PromptSyntax;
import dev.hubble.Request;
import dev.hubble.Tiling;
import dev.hubble.VaeTiling;
import dev.hubble.schedulers.Route;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// The options that ask for the same as a request: what was typed, or might have been.
final class RequestArguments {
  private RequestArguments() {}

  /// All but the prompt, which comes last on a command line.
  static List<String> of(Request request) {
    var args = new ArrayList<String>();
    if (!request.negative().isEmpty()) {
      args.add("--negative=" + request.negative());
    }
    if (request.prompting().syntax() != PromptSyntax.DIFFUSERS) {
      args.add("--prompt-syntax=" + request.prompting().syntax());
    }
    request.steps().ifPresent(value -> args.add("--steps=" + value));
    request.guidance().ifPresent(value -> args.add("--guidance=" + value));
    request.seed().ifPresent(value -> args.add("--seed=" + value));
    request.width().ifPresent(value -> args.add("--width=" + value));
    request.height().ifPresent(value -> args.add("--height=" + value));
    if (request.count() != 1) {
      args.add("--count=" + request.count());
    }
    if (!request.scheduler().isEmpty()) {
      args.add("--scheduler=" + request.scheduler());
    }
    if (request.eta() != 0) {
      args.add("--eta=" + request.eta());
    }
    if (request.noise() != NoiseKind.TORCH_CPU) {
      args.add("--noise=" + request.noise().label());
    }
    if (request.clipSkip() != 0) {
      args.add("--clip-skip=" + request.clipSkip());
    }
    if (request.guidanceRescale() != 0) {
      args.add("--guidance-rescale=" + request.guidanceRescale());
    }
    request.strength().ifPresent(value -> args.add("--strength=" + value));
    addModes(request, args);
    return args;
  }

  private static void addModes(Request request, List<String> args) {
    var modes = request.modes();
    switch (modes.route()) {
      case Route.Times list -> args.add("--timesteps=" + joined(list.times()));
      case Route.Sigmas list -> args.add("--sigmas=" + joined(list.sigmas()));
      case null, default -> {}
    }
    var variation = modes.variation();
    if (variation != null) {
      args.add("--variation-seed=" + variation.seed());
      args.add("--variation-strength=" + variation.strength());
    }
    var size = modes.seedSize();
    if (size != null) {
      args.add("--seed-size=" + size.width() + "x" + size.height());
    }
    var hires = modes.hires();
    if (hires != null) {
      args.add("--hires=" + hires.scale());
      args.add("--hires-strength=" + hires.strength());
      hires.steps().ifPresent(steps -> args.add("--hires-steps=" + steps));
      args.add("--hires-upscaler=" + hires.upscaler().label());
    }
    if (modes.tiling() != Tiling.NONE) {
      args.add("--tiling=" + modes.tiling().label());
    }
    if (modes.vaeTiling() != VaeTiling.AUTO) {
      args.add("--vae-tiling=" + modes.vaeTiling().label());
    }
  }

  private static String joined(List<? extends Number> numbers) {
    return numbers.stream().map(Number::toString).collect(Collectors.joining(","));
  }
}
