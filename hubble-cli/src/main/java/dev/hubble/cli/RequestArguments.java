// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import dev.hubble.NoiseKind;
import dev.hubble.PromptSyntax;
import dev.hubble.Request;
import java.util.ArrayList;
import java.util.List;

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
    return args;
  }
}
