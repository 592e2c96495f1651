// SPDX-License-Identifier: Apache-2.0
package dev.hubble.model;

import dev.hubble.HubbleException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// One of a model's JSON files. Every reading method names the file, the key and what was expected
/// when the value is of the wrong kind.
///
/// A key that is missing or null takes its default: old files lack keys that newer ones have.
public final class Config {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final String file;
  private final JsonNode root;

  private Config(String file, JsonNode root) {
    this.file = file;
    this.root = root;
  }

  /// Parses `text`; `file` is for messages.
  public static Config parse(String file, String text) {
    JsonNode node;
    try {
      node = JSON.readTree(text);
    } catch (JacksonException e) {
      var at = e.getLocation();
      throw new HubbleException.Model(
          "%s is not valid JSON at line %d, column %d: %s."
              .formatted(
                  file,
                  at == null ? 0 : at.getLineNr(),
                  at == null ? 0 : at.getColumnNr(),
                  reason(e)),
          e);
    }
    if (!node.isObject()) {
      throw new HubbleException.Model(file + " must hold a JSON object.");
    }
    return new Config(file, node);
  }

  private static String reason(JacksonException e) {
    return e.getOriginalMessage().lines().findFirst().orElse("unreadable");
  }

  /// The file, for messages.
  public String file() {
    return file;
  }

  /// The object itself, for what the methods below do not cover.
  public JsonNode json() {
    return root;
  }

  /// The object below `key`; one without keys if there is none.
  public Config section(String key) {
    var node = get(key);
    if (node == null) {
      return new Config(file, JSON.createObjectNode());
    }
    if (!node.isObject()) {
      throw wrong(key, node, "an object");
    }
    return new Config(file, node);
  }

  private @Nullable JsonNode get(String key) {
    var node = root.get(key);
    return node == null || node.isNull() ? null : node;
  }

  /// A size: a whole number from 1 to 2^20.
  public int size(String key, int otherwise) {
    var node = get(key);
    if (node == null) {
      return otherwise;
    }
    return positive(key, node, node);
  }

  /// A list of sizes.
  public List<Integer> sizes(String key, Integer... otherwise) {
    var node = get(key);
    if (node == null) {
      return List.of(otherwise);
    }
    if (!node.isArray() || node.isEmpty() || node.size() > 64) {
      throw wrong(key, node, "a list of whole numbers");
    }
    return node.valueStream().map(size -> positive(key, node, size)).toList();
  }

  private int positive(String key, JsonNode shown, JsonNode node) {
    if (!node.isIntegralNumber()
        || !node.canConvertToInt()
        || node.intValue() < 1
        || node.intValue() > 1 << 20) {
      throw wrong(key, shown, "a whole number from 1 to 1048576");
    }
    return node.intValue();
  }

  /// A number.
  public double number(String key, double otherwise) {
    var node = get(key);
    if (node == null) {
      return otherwise;
    }
    if (!node.isNumber()) {
      throw wrong(key, node, "a number");
    }
    return node.doubleValue();
  }

  /// A text.
  public String text(String key, String otherwise) {
    var node = get(key);
    if (node == null) {
      return otherwise;
    }
    if (!node.isString()) {
      throw wrong(key, node, "a text");
    }
    return node.stringValue();
  }

  /// A list of texts.
  public List<String> texts(String key, List<String> otherwise) {
    var node = get(key);
    if (node == null) {
      return otherwise;
    }
    if (!node.isArray() || !node.valueStream().allMatch(JsonNode::isString)) {
      throw wrong(key, node, "a list of texts");
    }
    return node.valueStream().map(JsonNode::stringValue).toList();
  }

  /// Checks that `key` is absent, null, or equal to `value` (a number, text or truth value): the
  /// one that v1 models have.
  ///
  /// @param why what the key means for the reader of the message
  public void expect(String key, Object value, String why) {
    var node = get(key);
    boolean same =
        node == null
            || switch (value) {
              case Boolean b -> node.isBoolean() && node.booleanValue() == b;
              case Number n -> node.isNumber() && node.doubleValue() == n.doubleValue();
              case String s -> node.isString() && node.stringValue().equals(s);
              default -> throw new IllegalArgumentException("cannot compare with " + value);
            };
    if (!same) {
      throw wrong(key, node, "%s (%s)".formatted(value, why));
    }
  }

  /// Checks that `key` is absent or null.
  public void expectNone(String key, String why) {
    var node = get(key);
    if (node != null && !(node.isBoolean() && !node.booleanValue())) {
      throw wrong(key, node, "no value (%s)".formatted(why));
    }
  }

  /// Throws the message for `key` unless `condition` holds.
  public void require(boolean condition, String key, String expected) {
    if (!condition) {
      var node = get(key);
      throw new HubbleException.Model(
          "%s: \"%s\"%s %s."
              .formatted(file, key, node == null ? "" : " is " + shorten(node) + "; it", expected));
    }
  }

  private HubbleException.Model wrong(String key, @Nullable JsonNode node, String expected) {
    return new HubbleException.Model(
        "%s: \"%s\" is %s, expected %s."
            .formatted(file, key, node == null ? "missing" : shorten(node), expected));
  }

  private static String shorten(JsonNode node) {
    var text = node.toString();
    return text.length() <= 60 ? text : text.substring(0, 57) + "...";
  }
}
