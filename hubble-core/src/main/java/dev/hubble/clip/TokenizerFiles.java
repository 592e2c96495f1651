// SPDX-License-Identifier: Apache-2.0
package dev.hubble.clip;

import dev.hubble.HubbleException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Reads the files of a `tokenizer` folder: `vocab.json` with `merges.txt`, or the `tokenizer.json`
/// that newer writers make of the two; `tokenizer_config.json` and `special_tokens_map.json`.
final class TokenizerFiles {
  private static final String START = "<|startoftext|>";
  private static final String END = "<|endoftext|>";
  private static final int LONGEST = 77;
  private static final JsonMapper JSON = JsonMapper.shared();

  /// What the files say.
  ///
  /// @param vocabulary the tokens and merges
  /// @param added tokens that are recognised as they stand, anywhere in a text
  record Contents(Vocabulary vocabulary, Set<String> added) {}

  /// Which tokens frame a text, and how long it may be.
  record Settings(String start, String end, String pad, String unknown, int maxLength) {}

  private TokenizerFiles() {}

  static Contents readVocabAndMerges(String vocabJson, String mergesTxt) {
    var vocabulary = new Vocabulary("vocab.json");
    try (JsonParser json = JSON.createParser(vocabJson)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw new HubbleException.Model(
            "vocab.json, line 1: an object that gives each token its id should start here.");
      }
      Supplier<String> place = () -> "vocab.json, line " + json.currentTokenLocation().getLineNr();
      while (json.nextToken() == JsonToken.PROPERTY_NAME) {
        String token = json.currentName();
        JsonToken value = json.nextToken();
        if (value != JsonToken.VALUE_NUMBER_INT) {
          throw new HubbleException.Model(
              place.get() + ": token \"" + token + "\" has no whole number as its id.");
        }
        vocabulary.add(token, json.getLongValue(), place);
      }
    } catch (JacksonException e) {
      throw malformed("vocab.json", e);
    }
    readMerges(mergesTxt, vocabulary);
    return new Contents(vocabulary, new LinkedHashSet<>());
  }

  private static void readMerges(String mergesTxt, Vocabulary vocabulary) {
    int line = 0;
    for (int from = 0; from < mergesTxt.length(); ) {
      int end = mergesTxt.indexOf('\n', from);
      end = end < 0 ? mergesTxt.length() : end;
      String merge = mergesTxt.substring(from, end);
      from = end + 1;
      line++;
      merge = merge.endsWith("\r") ? merge.substring(0, merge.length() - 1) : merge;
      // "# #" is a merge; only the first line may be a comment.
      if (!merge.isEmpty() && !(line == 1 && merge.startsWith("#version"))) {
        int found = line;
        vocabulary.addMerge(symbols(merge), () -> "merges.txt, line " + found);
      }
    }
  }

  private static List<String> symbols(String merge) {
    int blank = merge.indexOf(' ');
    return blank < 0 || blank != merge.lastIndexOf(' ')
        ? List.of(merge)
        : List.of(merge.substring(0, blank), merge.substring(blank + 1));
  }

  static Contents readTokenizerJson(String tokenizerJson) {
    JsonNode root = parse("tokenizer.json", tokenizerJson);
    JsonNode model = root.path("model");
    String type = model.path("type").asString("BPE");
    String suffix = model.path("end_of_word_suffix").asString("");
    if (!model.path("vocab").isObject()
        || !model.path("merges").isArray()
        || !type.equals("BPE")
        || !suffix.equals(Vocabulary.END_OF_WORD)) {
      throw new HubbleException.Model(
          "tokenizer.json holds no CLIP tokenizer, which has a model of type BPE with a vocab, merges"
              + " and the end_of_word_suffix </w>.");
    }
    var vocabulary = new Vocabulary("tokenizer.json");
    for (var entry : model.path("vocab").properties()) {
      vocabulary.add(
          entry.getKey(), id(entry.getKey(), entry.getValue()), () -> "tokenizer.json, vocab");
    }
    int number = 0;
    for (JsonNode merge : model.path("merges")) {
      int found = ++number;
      Supplier<String> place = () -> "tokenizer.json, merge " + found;
      if (merge.isArray()) {
        vocabulary.addMerge(merge.valueStream().map(symbol -> symbol.asString("")).toList(), place);
      } else {
        vocabulary.addMerge(symbols(merge.asString("")), place);
      }
    }
    var added = new LinkedHashSet<String>();
    for (JsonNode token : root.path("added_tokens")) {
      String content = token.path("content").asString("");
      if (!content.isEmpty()) {
        vocabulary.add(
            content, id(content, token.path("id")), () -> "tokenizer.json, added_tokens");
        added.add(content);
      }
    }
    return new Contents(vocabulary, added);
  }

  private static long id(String token, JsonNode value) {
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw new HubbleException.Model(
          "tokenizer.json: token \"" + token + "\" has no whole number as its id.");
    }
    return value.asLong();
  }

  static Settings readSettings(
      @Nullable String tokenizerConfigJson, @Nullable String specialTokensMapJson) {
    JsonNode config = parse("tokenizer_config.json", tokenizerConfigJson);
    JsonNode map = parse("special_tokens_map.json", specialTokensMapJson);
    String end = special("eos_token", END, config, map);
    return new Settings(
        special("bos_token", START, config, map),
        end,
        special("pad_token", end, config, map),
        special("unk_token", end, config, map),
        maxLength(config));
  }

  /// A token is given as a string, or as an object with its `content`.
  private static String special(String key, String otherwise, JsonNode... files) {
    for (JsonNode file : files) {
      JsonNode value = file.path(key);
      JsonNode content = value.isObject() ? value.path("content") : value;
      if (content.isString()) {
        return content.asString();
      }
      if (!content.isNull() && !content.isMissingNode()) {
        throw new HubbleException.Model(
            "tokenizer_config.json: " + key + " is " + value + ", which is no token.");
      }
    }
    return otherwise;
  }

  /// Writers put 1e30 where they mean "no limit"; the text encoder ends at 77 all the same.
  private static int maxLength(JsonNode config) {
    JsonNode value = config.path("model_max_length");
    if (value.isMissingNode() || value.isNull()) {
      return LONGEST;
    }
    if (!value.isNumber() || !(value.asDouble() >= 2)) {
      throw new HubbleException.Model(
          "tokenizer_config.json: model_max_length is "
              + value
              + ", and must be a number from 2 on.");
    }
    return (int) Math.min(LONGEST, value.asDouble());
  }

  private static JsonNode parse(String file, @Nullable String json) {
    try {
      JsonNode root = JSON.readTree(json == null ? "{}" : json);
      if (!root.isObject()) {
        throw new HubbleException.Model(file + ", line 1: an object should start here.");
      }
      return root;
    } catch (JacksonException e) {
      throw malformed(file, e);
    }
  }

  private static HubbleException.Model malformed(String file, JacksonException e) {
    String line = e.getLocation() == null ? "" : ", line " + e.getLocation().getLineNr();
    return new HubbleException.Model(
        file + line + ": this is not valid JSON (" + e.getOriginalMessage() + ").", e);
  }
}
