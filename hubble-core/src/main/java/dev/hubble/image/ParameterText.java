// SPDX-License-Identifier: Apache-2.0
package dev.hubble.image;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// The text that AUTOMATIC1111's web UI puts into its pictures, taken apart but not understood: a
/// prompt and a negative prompt of any number of lines, and a last line of names and values.
///
/// @param fields what the last line says, in order, without the quotes that values with commas have
public record ParameterText(String prompt, String negative, SequencedMap<String, String> fields) {
  private static final String NEGATIVE = "Negative prompt:";

  /// The web UI takes a last line for fields from three on; a prompt may well hold a colon.
  private static final int FEWEST = 3;

  /// A name, and a value that is a JSON string, a JSON object (which extensions write without
  /// quotes), or whatever comes before the next comma.
  private static final Pattern FIELD =
      Pattern.compile(
          "(?U)\\s*(\\w[\\w \\-/]*):\\s*(\"(?:\\\\.|[^\\\\\"])*+\"\\s*|\\{[^{}]*\\}\\s*|[^,]*)(?:,|$)");

  /// Where the plain text would be read otherwise than it was meant: a prompt with a line that
  /// looks like the beginning of the negative one, for example.
  private static final String EXACT_PROMPT = "Hubble prompt";

  private static final String EXACT_NEGATIVE = "Hubble negative prompt";

  private static final JsonMapper JSON = new JsonMapper();

  public ParameterText {
    fields = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(fields));
  }

  /// Takes `text` apart. Any text has such parts: at worst all of it is the prompt.
  public static ParameterText parse(String text) {
    var lines = new ArrayList<>(List.of(text.split("\n", -1)));
    while (lines.size() > 1 && lines.getLast().isBlank()) {
      lines.removeLast();
    }
    var fields = fields(lines.getLast());
    if (!fields.isEmpty()) {
      lines.removeLast();
    }
    int negative = 0;
    while (negative < lines.size() && !lines.get(negative).startsWith(NEGATIVE)) {
      negative++;
    }
    String prompt = String.join("\n", lines.subList(0, negative));
    String rest = String.join("\n", lines.subList(negative, lines.size()));
    if (!rest.isEmpty()) {
      rest = rest.substring(NEGATIVE.length());
      rest = rest.startsWith(" ") ? rest.substring(1) : rest;
    }
    String exactPrompt = fields.remove(EXACT_PROMPT);
    String exactNegative = fields.remove(EXACT_NEGATIVE);
    return new ParameterText(
        exactPrompt == null ? prompt : exactPrompt,
        exactNegative == null ? rest : exactNegative,
        fields);
  }

  private static SequencedMap<String, String> fields(String line) {
    var fields = new LinkedHashMap<String, String>();
    Matcher matcher = FIELD.matcher(line);
    while (matcher.find()) {
      fields.put(matcher.group(1).strip(), unquoted(matcher.group(2).strip()));
    }
    return fields.size() < FEWEST ? new LinkedHashMap<>() : fields;
  }

  /// The whole text, which [#parse] takes apart into the same again.
  @Override
  public String toString() {
    String plain = print(fields);
    var read = parse(plain);
    if (read.prompt.equals(prompt) && read.negative.equals(negative)) {
      return plain;
    }
    var more = new LinkedHashMap<>(fields);
    more.put(EXACT_PROMPT, prompt);
    more.put(EXACT_NEGATIVE, negative);
    return print(more);
  }

  private String print(SequencedMap<String, String> all) {
    return prompt
        + (negative.isEmpty() ? "" : "\n" + NEGATIVE + " " + negative)
        + all.entrySet().stream()
            .map(field -> field.getKey() + ": " + quoted(field.getValue()))
            .collect(Collectors.joining(", ", "\n", ""));
  }

  /// JSON quotes around a value that holds one of the line's own separators.
  private static String quoted(String value) {
    boolean plain =
        value.chars().noneMatch(c -> c == ',' || c == ':' || c < ' ' || c == '"')
            && value.equals(value.strip())
            && !value.startsWith("{");
    return plain ? value : JSON.writeValueAsString(value);
  }

  private static String unquoted(String value) {
    if (value.length() < 2 || !value.startsWith("\"") || !value.endsWith("\"")) {
      return value;
    }
    try {
      return JSON.readValue(value, String.class);
    } catch (JacksonException e) {
      return value;
    }
  }
}
