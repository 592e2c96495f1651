// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// Reads which LoRAs and learned words a recipe names, and takes them out of the text.
///
/// @param prompt what is left of it
/// @param additions what was named
record RecipeAdditions(String prompt, UsedAdditions additions) {
  private static final Pattern TAG = Pattern.compile("<lora:([^<>:]*)(?::([^<>:]*))?>");
  private static final JsonMapper JSON = new JsonMapper();

  private record Named(String name, String hash) {}

  /// Reads a prompt and the fields behind it. What was understood is taken out of both.
  ///
  /// @param ours whether Hubble wrote it, and so put a tag for each LoRA behind the prompt. Else
  ///   every tag of the prompt is meant, wherever it stands.
  static RecipeAdditions read(String prompt, SequencedMap<String, String> fields, boolean ours) {
    var words = words(fields);
    var named = named(fields.getOrDefault(UsedAdditions.LORAS, ""));
    var read = ours ? behind(prompt, named) : anywhere(prompt, named);
    if (!read.additions.loras().isEmpty()) {
      fields.remove(UsedAdditions.LORAS);
    }
    return new RecipeAdditions(read.prompt, new UsedAdditions(read.additions.loras(), words));
  }

  private static RecipeAdditions behind(String prompt, List<Named> named) {
    var loras = new ArrayList<UsedAdditions.Lora>();
    String rest = prompt;
    for (var one : named.reversed()) {
      var tag = TAG.matcher(rest);
      int at = rest.lastIndexOf('<');
      Double scale =
          at < 0 || !tag.find(at) || tag.end() < rest.length() ? null : scale(tag.group(2));
      if (scale == null || !tag.group(1).equals(one.name())) {
        return new RecipeAdditions(prompt, UsedAdditions.NONE);
      }
      loras.addFirst(new UsedAdditions.Lora(one.name(), scale, one.hash()));
      rest = rest.substring(0, at > 0 && rest.charAt(at - 1) == ' ' ? at - 1 : at);
    }
    return new RecipeAdditions(rest, new UsedAdditions(loras, List.of()));
  }

  private static RecipeAdditions anywhere(String prompt, List<Named> named) {
    var loras = new ArrayList<UsedAdditions.Lora>();
    var rest = new StringBuilder();
    var tag = TAG.matcher(prompt);
    while (tag.find()) {
      Double scale = scale(tag.group(2));
      String name = tag.group(1);
      if (scale == null || UsedAdditions.plain(name).isEmpty()) {
        continue; // stays, and drawing will say what is wrong with it
      }
      tag.appendReplacement(rest, "");
      String hash =
          named.stream()
              .filter(one -> one.name().equals(UsedAdditions.plain(name)))
              .map(Named::hash)
              .findFirst()
              .orElse("");
      loras.add(new UsedAdditions.Lora(name, scale, hash));
    }
    return new RecipeAdditions(
        tag.appendTail(rest).toString(), new UsedAdditions(loras, List.of()));
  }

  private static List<UsedAdditions.Word> words(SequencedMap<String, String> fields) {
    var named = named(fields.getOrDefault(UsedAdditions.WORDS, ""));
    var exact = exact(fields.getOrDefault(UsedAdditions.EXACT_WORDS, "[]"));
    var words = new ArrayList<UsedAdditions.Word>();
    for (int i = 0; i < named.size(); i++) {
      String name = named.get(i).name();
      String hash = named.get(i).hash();
      words.add(
          exact.size() == named.size()
              ? new UsedAdditions.Word(exact.get(i)[0], exact.get(i)[1], hash)
              : new UsedAdditions.Word(name, name, hash));
    }
    if (!words.isEmpty()) {
      fields.remove(UsedAdditions.WORDS);
      fields.remove(UsedAdditions.EXACT_WORDS);
    }
    // The web UI names a word once for the prompt and once for the negative one.
    return words.stream().distinct().toList();
  }

  private static List<String[]> exact(String json) {
    try {
      return List.of(JSON.readValue(json, String[][].class)).stream()
          .filter(pair -> pair.length == 2 && pair[0] != null && pair[1] != null)
          .toList();
    } catch (JacksonException | NullPointerException e) {
      return List.of();
    }
  }

  /// `name: hash, name: hash`
  private static List<Named> named(String value) {
    var all = new ArrayList<Named>();
    for (String piece : value.isBlank() ? new String[0] : value.split(",")) {
      int at = piece.lastIndexOf(':');
      if (at < 0) {
        return List.of();
      }
      all.add(new Named(piece.substring(0, at).strip(), piece.substring(at + 1).strip()));
    }
    return all;
  }

  private static @Nullable Double scale(@Nullable String text) {
    if (text == null) {
      return 1.0;
    }
    try {
      double scale = Double.parseDouble(text);
      return Double.isFinite(scale) ? scale : null;
    } catch (NumberFormatException e) {
      return null;
    }
  }
}
