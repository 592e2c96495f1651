// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.safetensors;

import dev.hubble.weights.WeightsException;
import dev.hubble.weights.data.FileBytes;
import dev.hubble.weights.data.Quoted;
import java.lang.foreign.ValueLayout;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/// The file that says in which shard each tensor is: `{"metadata": {...}, "weight_map": {"tensor":
/// "shard file", ...}}`. Only the map is read; third-party files lack the rest or have it wrong.
final class ShardIndex {
  private final String file;
  private final JsonParser json;

  private ShardIndex(String file, JsonParser json) {
    this.file = file;
    this.json = json;
  }

  /// The shard's file name for each tensor, in the order of the index.
  static Map<String, String> read(Path index) {
    String file = index.toString();
    try (FileBytes bytes = FileBytes.map(index)) {
      if (bytes.size() > SafetensorsStore.MAX_HEADER) {
        throw Broken.index(file, "it has " + bytes.size() + " bytes");
      }
      try (JsonParser json = StrictJson.parser(bytes.segment().toArray(ValueLayout.JAVA_BYTE))) {
        return new ShardIndex(file, json).weightMap();
      }
    } catch (CharacterCodingException e) {
      throw broken(file, "it is not UTF-8 text", e);
    } catch (JacksonException e) {
      throw broken(file, "it is " + StrictJson.problem(e), e);
    }
  }

  private static WeightsException broken(String file, String problem, Exception cause) {
    WeightsException e = Broken.index(file, problem);
    e.initCause(cause);
    return e;
  }

  private Map<String, String> weightMap() {
    if (json.nextToken() != JsonToken.START_OBJECT) {
      throw Broken.index(file, "it is not a JSON object");
    }
    @Nullable Map<String, String> map = null;
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      boolean wanted = json.currentName().equals("weight_map");
      json.nextToken();
      if (!wanted) {
        json.skipChildren();
      } else if (map != null) {
        throw Broken.index(file, "it has two weight_maps");
      } else {
        map = shards();
      }
    }
    if (json.nextToken() != null) {
      throw Broken.index(file, "it goes on after the closing brace");
    }
    if (map == null) {
      throw Broken.index(file, "it has no weight_map");
    }
    return map;
  }

  private Map<String, String> shards() {
    if (json.currentToken() != JsonToken.START_OBJECT) {
      throw Broken.index(file, "its weight_map is not an object");
    }
    Map<String, String> shards = new LinkedHashMap<>();
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      String tensor = json.currentName();
      if (json.nextToken() != JsonToken.VALUE_STRING) {
        throw Broken.index(file, "tensor " + Quoted.of(tensor) + " has no file name");
      }
      String shard = json.getString();
      if (!isPlainFileName(shard)) {
        throw Broken.index(
            file,
            "tensor %s is said to be in %s, which is not a plain file name"
                .formatted(Quoted.of(tensor), Quoted.of(shard)));
      }
      if (shards.put(tensor, shard) != null) {
        throw Broken.index(file, "it names tensor " + Quoted.of(tensor) + " twice");
      }
    }
    return shards;
  }

  /// Whether the name cannot lead out of the folder, on any operating system.
  private static boolean isPlainFileName(String name) {
    return !name.isEmpty()
        && !name.equals(".")
        && !name.contains("..")
        && name.chars().noneMatch(c -> c == '/' || c == '\\' || c == ':' || c < ' ');
  }
}
