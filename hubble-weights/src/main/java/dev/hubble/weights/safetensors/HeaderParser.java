// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.safetensors;

import dev.hubble.weights.StoredType;
import dev.hubble.weights.WeightsException;
import dev.hubble.weights.data.Quoted;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/// Reads the JSON of a header.
///
/// Stricter than the reference reader in three places where that one is stricter in some versions
/// than in others or where the format's own text is: the first byte is a brace, no name comes
/// twice, and a tensor is described by an object.
final class HeaderParser {
  private static final String METADATA = "__metadata__";

  private final String file;
  private final JsonParser json;
  private final List<Entry> entries = new ArrayList<>();
  private final Set<String> seen = new HashSet<>();
  private Map<String, String> metadata = Map.of();

  private HeaderParser(String file, JsonParser json) {
    this.file = file;
    this.json = json;
  }

  static Header parse(String file, byte[] header) {
    if (header.length == 0 || header[0] != '{') {
      throw Broken.file(file, "its header does not begin with a brace");
    }
    try (JsonParser json = StrictJson.parser(header)) {
      return new HeaderParser(file, json).header();
    } catch (CharacterCodingException e) {
      throw Broken.file(file, "its header is not UTF-8 text", e);
    } catch (JacksonException e) {
      throw Broken.file(file, "its header is " + StrictJson.problem(e), e);
    }
  }

  private Header header() {
    json.nextToken();
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = json.currentName();
      if (!seen.add(name)) {
        throw Broken.file(file, "it describes " + Quoted.of(name) + " twice");
      }
      json.nextToken();
      if (name.equals(METADATA)) {
        readMetadata();
      } else {
        entries.add(entry(name));
      }
    }
    if (json.nextToken() != null) {
      throw Broken.file(file, "its header goes on after the closing brace");
    }
    return new Header(entries, metadata);
  }

  private void readMetadata() {
    if (json.currentToken() == JsonToken.VALUE_NULL) {
      return;
    }
    if (json.currentToken() != JsonToken.START_OBJECT) {
      throw Broken.file(file, METADATA + " is not an object");
    }
    Map<String, String> strings = new LinkedHashMap<>();
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      String key = json.currentName();
      if (json.nextToken() != JsonToken.VALUE_STRING) {
        throw Broken.file(file, METADATA + " has a value that is no string at " + Quoted.of(key));
      }
      if (strings.put(key, json.getString()) != null) {
        throw Broken.file(file, METADATA + " names " + Quoted.of(key) + " twice");
      }
    }
    metadata = strings;
  }

  private Entry entry(String name) {
    if (json.currentToken() != JsonToken.START_OBJECT) {
      throw Broken.tensor(file, name, "is not described by an object");
    }
    @Nullable StoredType type = null;
    @Nullable List<Long> shape = null;
    @Nullable List<Long> offsets = null;
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      String field = json.currentName();
      json.nextToken();
      switch (field) {
        case "dtype" -> {
          once(name, field, type);
          type = type(name);
        }
        case "shape" -> {
          once(name, field, shape);
          shape = numbers(name, field);
        }
        case "data_offsets" -> {
          once(name, field, offsets);
          offsets = numbers(name, field);
        }
        default -> json.skipChildren();
      }
    }
    if (type == null || shape == null || offsets == null) {
      String missing = type == null ? "dtype" : shape == null ? "shape" : "data_offsets";
      throw Broken.tensor(file, name, "has no " + missing);
    }
    if (offsets.size() != 2) {
      throw Broken.tensor(file, name, "has " + offsets.size() + " data_offsets instead of 2");
    }
    return new Entry(name, type, shape, offsets.get(0), offsets.get(1));
  }

  private void once(String name, String field, @Nullable Object before) {
    if (before != null) {
      throw Broken.tensor(file, name, "has two fields " + field);
    }
  }

  private StoredType type(String name) {
    if (json.currentToken() != JsonToken.VALUE_STRING) {
      throw Broken.tensor(file, name, "has a dtype that is no string");
    }
    String type = json.getString();
    for (StoredType known : StoredType.values()) {
      if (known.name().equals(type)) {
        return known;
      }
    }
    throw new WeightsException(
        "%s: tensor %s has the unknown number format %s; use a version of the model in F32, F16 or BF16."
            .formatted(file, Quoted.of(name), Quoted.of(type)));
  }

  private List<Long> numbers(String name, String field) {
    if (json.currentToken() != JsonToken.START_ARRAY) {
      throw Broken.tensor(file, name, "has a " + field + " that is no list");
    }
    List<Long> numbers = new ArrayList<>();
    while (json.nextToken() != JsonToken.END_ARRAY) {
      // A minus sign is wrong even before a zero.
      if (json.currentToken() != JsonToken.VALUE_NUMBER_INT
          || json.getString().startsWith("-")
          || json.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
        throw Broken.tensor(
            file,
            name,
            "has a " + field + " with something in it that is no whole number from 0 to 2^63-1");
      }
      numbers.add(json.getLongValue());
    }
    return numbers;
  }
}
