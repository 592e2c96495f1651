// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import dev.hubble.image.Parameters;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Which field of a recipe says what of a request, under the names of AUTOMATIC1111's web UI where
/// it has one.
final class RecipeFields {
  /// One field.
  ///
  /// @param print its value; null where nothing is set
  /// @param read the request with what a value says; throws [IllegalArgumentException] if it says
  ///   nothing that makes sense
  private record Field(
      String name,
      Function<Request, @Nullable String> print,
      BiFunction<Request, String, Request> read) {}

  private static final Pattern SIZE = Pattern.compile("(\\d+)x(\\d+)");

  private static final List<Field> FIELDS =
      List.of(
          new Field("Steps", r -> print(r.steps()), (r, value) -> r.steps(Integer.parseInt(value))),
          new Field(
              "CFG scale",
              r -> r.guidance().isEmpty() ? null : Parameters.plain(r.guidance().getAsDouble()),
              (r, value) -> r.guidance(Double.parseDouble(value))),
          new Field(
              "Seed",
              r -> r.seed().isEmpty() ? null : Long.toString(r.seed().getAsLong()),
              (r, value) -> r.seed(Long.parseLong(value))),
          new Field(
              "Size",
              r -> both(r) ? r.width().getAsInt() + "x" + r.height().getAsInt() : null,
              RecipeFields::size),
          new Field(
              "Width",
              r -> both(r) ? null : print(r.width()),
              (r, value) -> r.width(Integer.parseInt(value))),
          new Field(
              "Height",
              r -> both(r) ? null : print(r.height()),
              (r, value) -> r.height(Integer.parseInt(value))),
          new Field(
              "Denoising strength",
              r -> r.strength().isEmpty() ? null : Parameters.plain(r.strength().getAsDouble()),
              (r, value) -> r.strength(Double.parseDouble(value))),
          new Field(
              "Prompt syntax",
              r ->
                  r.prompting().syntax() == PromptSyntax.DIFFUSERS
                      ? null
                      : r.prompting().syntax().toString(),
              RecipeFields::syntax),
          new Field(
              "Clip skip",
              r -> Integer.toString(r.clipSkip() + 1),
              (r, value) -> r.clipSkip(Integer.parseInt(value) - 1)),
          new Field(
              "Guidance rescale",
              r -> r.guidanceRescale() == 0 ? null : Parameters.plain(r.guidanceRescale()),
              (r, value) -> r.guidanceRescale(Double.parseDouble(value))),
          new Field(
              "Eta DDIM",
              r -> r.eta() == 0 ? null : Float.toString(r.eta()),
              (r, value) -> r.eta(Float.parseFloat(value))),
          new Field(
              "RNG", r -> r.noise() == NoiseKind.TORCH_CPU ? "CPU" : "NV", RecipeFields::noise),
          new Field(
              "Batch size",
              r -> r.count() == 1 ? null : Integer.toString(r.count()),
              (r, value) -> r.count(Integer.parseInt(value))));

  private RecipeFields() {}

  /// What `request` sets.
  static SequencedMap<String, String> print(Request request) {
    var values = new LinkedHashMap<String, String>();
    for (Field field : FIELDS) {
      String value = field.print().apply(request);
      if (value != null) {
        values.put(field.name(), value);
      }
    }
    RecipeModes.print(request, values);
    return values;
  }

  /// `request` with what `values` say. What was understood is taken out of them.
  static Request read(Request start, SequencedMap<String, String> values) {
    // First, for what they take no other field may have.
    var request = RecipeModes.read(start, values);
    for (Field field : FIELDS) {
      String value = values.get(field.name());
      if (value != null) {
        try {
          request = field.read().apply(request, value);
          values.remove(field.name());
        } catch (IllegalArgumentException e) {
          // Stays among what was not understood.
        }
      }
    }
    return request;
  }

  private static @Nullable String print(OptionalInt value) {
    return value.isEmpty() ? null : Integer.toString(value.getAsInt());
  }

  private static boolean both(Request r) {
    return r.width().isPresent() && r.height().isPresent();
  }

  private static Request size(Request request, String value) {
    var size = SIZE.matcher(value);
    if (!size.matches()) {
      throw new IllegalArgumentException(value);
    }
    return request.size(Integer.parseInt(size.group(1)), Integer.parseInt(size.group(2)));
  }

  private static Request syntax(Request request, String value) {
    try {
      return request.syntax(PromptSyntax.of(value));
    } catch (HubbleException.BadRequest e) {
      throw new IllegalArgumentException(value, e);
    }
  }

  private static Request noise(Request request, String value) {
    return request.noise(
        switch (value) {
          case "CPU" -> NoiseKind.TORCH_CPU;
          case "GPU", "NV" -> NoiseKind.TORCH_CUDA;
          default -> throw new IllegalArgumentException(value);
        });
  }
}
