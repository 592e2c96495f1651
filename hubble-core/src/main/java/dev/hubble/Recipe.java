// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import dev.hubble.image.ParameterText;
import dev.hubble.image.Parameters;
import dev.hubble.image.Png;
import dev.hubble.schedulers.WebUiNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/// How a picture was made, read from the text that it carries: what Hubble, AUTOMATIC1111's web UI
/// and others write under the keyword `parameters`.
///
/// ```java
/// Recipe recipe = Recipe.read(Path.of("galaxy.png"));
/// hubble.generate(recipe.request().steps(50));
/// ```
///
/// @param request what to draw to get the picture again
/// @param additions the LoRAs and learned words that the model had; [UsedAdditions#find] gets them
/// @param model what drew it, as far as the text says; empty if it does not
/// @param modelHash 10 hexadecimal digits; those of Hubble are comparable with [ModelInfo#hash],
///   those of others are not; empty if there are none
/// @param version what wrote the text: `hubble 0.1.0`, `v1.10.1`; empty if it does not say
/// @param unknown what else the text says, and Hubble does not understand or cannot do
public record Recipe(
    Request request,
    UsedAdditions additions,
    String model,
    String modelHash,
    String version,
    SequencedMap<String, String> unknown) {

  private static final String OURS = "hubble";

  public Recipe {
    unknown = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(unknown));
  }

  /// Reads a text. Never fails: at worst all of it is the prompt.
  public static Recipe parse(String parameters) {
    var text = ParameterText.parse(parameters);
    var rest = new LinkedHashMap<>(text.fields());
    String model = take(rest, "Model");
    String hash = take(rest, "Model hash");
    String version = take(rest, "Version");
    if (!version.startsWith(OURS) && !text.fields().isEmpty()) {
      // To the web UI, what is missing means the noise of a GPU; and it always weighs words.
      rest.putIfAbsent("RNG", "GPU");
      rest.putIfAbsent("Prompt syntax", PromptSyntax.A1111.toString());
    }
    if (rest.remove("Batch pos") != null) {
      // The seed is that of this picture, whatever else was in its batch.
      rest.remove("Batch size");
    }
    boolean bare = text.fields().isEmpty();
    var named =
        bare
            ? new RecipeAdditions(text.prompt(), UsedAdditions.NONE)
            : RecipeAdditions.read(text.prompt(), rest, version.startsWith(OURS));
    var request = Request.of(named.prompt()).negative(text.negative());
    request = sampler(RecipeFields.read(request, rest), rest);
    return new Recipe(request, named.additions(), model, hash, version, rest);
  }

  /// Reads the text of a PNG file.
  ///
  /// @throws HubbleException.BadRequest if the file cannot be read, or carries no recipe
  public static Recipe read(Path png) {
    try (var in = Files.newInputStream(png)) {
      String text = Png.readText(in).get(Parameters.KEYWORD);
      if (text == null) {
        throw new HubbleException.BadRequest(
            "%s does not say how it was made: it carries no text \"%s\"."
                .formatted(png, Parameters.KEYWORD));
      }
      return parse(text);
    } catch (NoSuchFileException e) {
      throw new HubbleException.BadRequest("There is no file %s.".formatted(png), e);
    } catch (IOException e) {
      throw new HubbleException.BadRequest(
          "The recipe of %s cannot be read: %s.".formatted(png, e.getMessage()), e);
    }
  }

  /// `request` as a text that [#parse] reads back. Pictures, latents, embeddings, a scheduler of
  /// one's own and further prompts are not in it.
  ///
  /// @param version of Hubble
  public static String print(Request request, String version) {
    return print(request, UsedAdditions.NONE, version);
  }

  /// The same for a model with `additions`.
  public static String print(Request request, UsedAdditions additions, String version) {
    var fields = RecipeFields.print(request);
    if (!request.scheduler().isEmpty()) {
      var names = WebUiNames.of(request.scheduler());
      fields.put("Sampler", names.sampler());
      if (names.scheduleType() != null) {
        fields.put("Schedule type", names.scheduleType());
      }
    }
    fields.putAll(additions.fields());
    fields.put("Version", OURS + " " + version);
    String prompt = Parameters.tagged(request.prompt(), additions);
    return new ParameterText(prompt, request.negative(), fields).toString();
  }

  /// Whether Hubble wrote it, so that hash and picture can be compared.
  public boolean isHubbles() {
    return version.startsWith(OURS);
  }

  private static Request sampler(Request request, LinkedHashMap<String, String> rest) {
    String sampler = rest.get("Sampler");
    if (sampler == null) {
      return request;
    }
    var ours = new WebUiNames(sampler, rest.get("Schedule type")).ours();
    if (ours.isEmpty()) {
      // One of our own that the web UI has no name for, or none at all, which drawing will say.
      return request;
    }
    rest.remove("Sampler");
    rest.remove("Schedule type");
    return request.scheduler(ours.get());
  }

  private static String take(LinkedHashMap<String, String> fields, String name) {
    String value = fields.remove(name);
    return value == null ? "" : value;
  }
}
