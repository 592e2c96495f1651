// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import dev.hubble.image.Parameters;
import dev.hubble.schedulers.Route;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The fields of a recipe that belong together: the second pass, variations, and what else is in
/// [Modes]. Latents and schedulers of one's own are no text, and other prompts of a batch are other
/// pictures.
final class RecipeModes {
  private static final Pattern SIZE = Pattern.compile("(\\d{1,6})x(\\d{1,6})");

  private RecipeModes() {}

  /// Adds what `request` sets to `values`.
  static void print(Request request, SequencedMap<String, String> values) {
    var modes = request.modes();
    switch (modes.route()) {
      case Route.Times list -> values.put("Timesteps", joined(list.times()));
      case Route.Sigmas list -> values.put("Sigmas", joined(list.sigmas()));
      case null, default -> {}
    }
    var variation = modes.variation();
    if (variation != null) {
      values.put("Variation seed", Long.toString(variation.seed()));
      values.put("Variation seed strength", Parameters.plain(variation.strength()));
    }
    var size = modes.seedSize();
    if (size != null) {
      values.put("Seed resize from", size.width() + "x" + size.height());
    }
    var hires = modes.hires();
    if (hires != null) {
      values.put("Hires upscale", Parameters.plain(hires.scale()));
      // Denoising strength is that of the second pass only if the first has none.
      values.put(
          request.strength().isPresent() ? "Hires strength" : "Denoising strength",
          Parameters.plain(hires.strength()));
      hires.steps().ifPresent(steps -> values.put("Hires steps", Integer.toString(steps)));
      values.put("Hires upscaler", hires.upscaler().title());
    }
    if (modes.tiling() != Tiling.NONE) {
      values.put("Tiling", modes.tiling() == Tiling.XY ? "True" : modes.tiling().label());
    }
    if (modes.vaeTiling() != VaeTiling.AUTO) {
      values.put("VAE tiling", modes.vaeTiling() == VaeTiling.ON ? "True" : "False");
    }
  }

  private static String joined(List<? extends Number> numbers) {
    return numbers.stream().map(Number::toString).collect(Collectors.joining(" "));
  }

  /// `request` with what `values` say. What was understood is taken out of them.
  static Request read(Request request, SequencedMap<String, String> values) {
    var result = hires(request, values);
    result = variation(result, values);
    result =
        with(
            result,
            values,
            "Timesteps",
            value ->
                r ->
                    r.timesteps(
                        Arrays.stream(value.split(" ")).mapToInt(Integer::parseInt).toArray()));
    result =
        with(
            result,
            values,
            "Sigmas",
            value ->
                r ->
                    r.sigmas(
                        Arrays.stream(value.split(" "))
                            .mapToDouble(Double::parseDouble)
                            .toArray()));
    result =
        with(
            result,
            values,
            "Seed resize from",
            value -> {
              var size = SIZE.matcher(value);
              if (!size.matches()) {
                throw new IllegalArgumentException(value);
              }
              return r ->
                  r.seedSize(Integer.parseInt(size.group(1)), Integer.parseInt(size.group(2)));
            });
    result =
        with(
            result,
            values,
            "Tiling",
            value -> {
              var tiling = value.equals("True") ? Tiling.XY : Tiling.of(value);
              return r -> r.tiling(tiling);
            });
    return with(
        result,
        values,
        "VAE tiling",
        value -> {
          if (!value.equals("True") && !value.equals("False")) {
            throw new IllegalArgumentException(value);
          }
          return r -> r.vaeTiling(value.equals("True") ? VaeTiling.ON : VaeTiling.OFF);
        });
  }

  private static Request variation(Request request, SequencedMap<String, String> values) {
    String strength = values.getOrDefault("Variation seed strength", "");
    return with(
        request,
        values,
        "Variation seed",
        seed -> {
          var changed = request.variation(Long.parseLong(seed), Double.parseDouble(strength));
          values.remove("Variation seed strength");
          return _ -> changed;
        });
  }

  private static Request hires(Request request, SequencedMap<String, String> values) {
    var result =
        with(
            request,
            values,
            "Hires upscale",
            scale -> {
              var hires = Hires.of(Double.parseDouble(scale));
              String key =
                  values.containsKey("Hires strength") ? "Hires strength" : "Denoising strength";
              String strength = values.get(key);
              var second = strength == null ? hires : hires.strength(Double.parseDouble(strength));
              values.remove(key);
              return r -> r.hires(second);
            });
    var hires = result.modes().hires();
    if (hires == null) {
      return result;
    }
    result =
        with(
            result,
            values,
            "Hires steps",
            value -> {
              var second = hires.steps(Integer.parseInt(value));
              return r -> r.hires(second);
            });
    var stepped = Objects.requireNonNull(result.modes().hires());
    return with(
        result,
        values,
        "Hires upscaler",
        value -> {
          var second = stepped.upscaler(Hires.Upscaler.of(value));
          return r -> r.hires(second);
        });
  }

  /// Does what a value says, if it is there and makes sense; otherwise it stays.
  private static Request with(
      Request request,
      SequencedMap<String, String> values,
      String name,
      Function<String, Function<Request, Request>> read) {
    String value = values.get(name);
    if (value == null) {
      return request;
    }
    try {
      var changed = read.apply(value).apply(request);
      values.remove(name);
      return changed;
    } catch (IllegalArgumentException | HubbleException.BadRequest e) {
      // Stays among what was not understood.
      return request;
    }
  }
}
