// SPDX-License-Identifier: Apache-2.0
package dev.hubble.prompt;

import dev.hubble.prompt.Part.Text;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads compel's marks by recursive descent. What has been tried at a place is remembered, so that
/// unbalanced brackets take no longer than others.
final class CompelReader {
  private static final double PLUS = 1.1;
  private static final double MINUS = 0.9;
  private static final int DEEPEST = 64;
  private static final String SYNTAX = "()\",.+-=";
  private static final String ESCAPABLE = SYNTAX + "\\";

  private static final Pattern OPERATOR =
      Pattern.compile(
          "(\\++)|(-+)|(\\d+\\.\\d*|\\.\\d+|\\d+)"
              + "|\\.attend\\(\\s*(?:(\\++)|(-+)|(\\d+\\.\\d*|\\.\\d+|\\d+))\\s*\\)");

  private final String prompt;
  private final Map<Integer, Optional<Group>> groups = new HashMap<>();

  CompelReader(String prompt) {
    this.prompt = prompt;
  }

  /// Words in brackets or quotes, up to and without the operator.
  private record Group(List<Text> words, int end) {}

  /// A stretch with its operator.
  private record Item(List<Text> words, int end) {}

  /// All words with their weights, none of them empty.
  List<Text> words() {
    var words = new ArrayList<Text>();
    int at = skipBlanks(0, prompt.length());
    while (at < prompt.length()) {
      var item = item(at, prompt.length(), 0, /* loose= */ true).orElseThrow();
      words.addAll(item.words);
      at = skipBlanks(item.end, prompt.length());
    }
    words.removeIf(word -> word.text().isEmpty());
    return words;
  }

  /// @param loose whether anything up to the next blank is a word if it is nothing else, as it is
  ///   outside of brackets
  private Optional<Item> item(int at, int limit, int depth, boolean loose) {
    char c = prompt.charAt(at);
    var group = c == '(' || c == '"' ? group(at, limit, depth) : Optional.<Group>empty();
    if (group.isPresent()) {
      return Optional.of(weigh(group.get().words, group.get().end, limit, /* word= */ false));
    }
    int end = wordEnd(at, limit);
    if (end > at) {
      var word = List.of(new Text(unescape(at, end), 1));
      var weighed = weigh(word, end, limit, /* word= */ true);
      if (weighed.end > end || !loose) {
        return Optional.of(weighed);
      }
    }
    if (loose) {
      int blank = at;
      while (blank < limit && !isBlank(prompt.charAt(blank))) {
        blank++;
      }
      return Optional.of(new Item(List.of(new Text(unescape(at, blank), 1)), blank));
    }
    return c == ',' || c == '.'
        ? Optional.of(new Item(List.of(new Text(String.valueOf(c), 1)), at + 1))
        : Optional.empty();
  }

  /// What stands in brackets or quotes from `at` on, if it closes and all of it can be read.
  private Optional<Group> group(int at, int limit, int depth) {
    if (depth >= DEEPEST) {
      return Optional.empty();
    }
    var known = groups.get(at);
    if (known == null) {
      known = prompt.charAt(at) == '(' ? brackets(at, limit, depth) : quotes(at, limit, depth);
      groups.put(at, known);
    }
    return known.filter(group -> group.end <= limit);
  }

  private Optional<Group> brackets(int from, int limit, int depth) {
    var words = new ArrayList<Text>();
    int at = skipBlanks(from + 1, limit);
    while (at < limit) {
      if (prompt.charAt(at) == ')') {
        return Optional.of(new Group(words, at + 1));
      }
      var item = item(at, limit, depth + 1, /* loose= */ false);
      if (item.isEmpty()) {
        return Optional.empty();
      }
      words.addAll(item.get().words);
      at = skipBlanks(item.get().end, limit);
    }
    return Optional.empty();
  }

  private Optional<Group> quotes(int from, int limit, int depth) {
    int close = from + 1;
    while (close < limit && prompt.charAt(close) != '"') {
      close += prompt.charAt(close) == '\\' ? 2 : 1;
    }
    if (close >= limit) {
      return Optional.empty();
    }
    var words = new ArrayList<Text>();
    int at = skipBlanks(from + 1, close);
    while (at < close) {
      var item = item(at, close, depth + 1, /* loose= */ false);
      if (item.isEmpty()) {
        return Optional.empty();
      }
      words.addAll(item.get().words);
      at = skipBlanks(item.get().end, close);
    }
    return Optional.of(new Group(words, close + 1));
  }

  /// Applies the operator that follows without a blank, if there is one. A single word takes no
  /// number: `word1.2` is a word.
  private Item weigh(List<Text> words, int at, int limit, boolean word) {
    Matcher operator = OPERATOR.matcher(prompt).region(at, limit);
    if (!operator.lookingAt() || (word && operator.group(3) != null)) {
      return new Item(words, at);
    }
    double factor = 1;
    for (int group = 1; group <= 6; group++) {
      String text = operator.group(group);
      if (text != null) {
        factor =
            switch (group % 3) {
              case 1 -> Math.pow(PLUS, text.length());
              case 2 -> Math.pow(MINUS, text.length());
              default -> Double.parseDouble(text);
            };
      }
    }
    double times = Part.clamp(factor);
    return new Item(
        words.stream().map(w -> new Text(w.text(), Part.clamp(w.weight() * times))).toList(),
        operator.end());
  }

  /// Where the word ends that begins here and holds no mark: `red-haired` is one, of `red-` it is
  /// `red`.
  private int wordEnd(int from, int limit) {
    int at = from;
    while (at < limit) {
      char c = prompt.charAt(at);
      if (c == '\\' && at + 1 < limit && ESCAPABLE.indexOf(prompt.charAt(at + 1)) >= 0) {
        at += 2;
      } else if (c == '+' || c == '-') {
        boolean inside =
            at + 1 < limit
                && !isBlank(prompt.charAt(at + 1))
                && SYNTAX.indexOf(prompt.charAt(at + 1)) < 0;
        if (!inside) {
          break;
        }
        at++;
      } else if (isBlank(c) || SYNTAX.indexOf(c) >= 0) {
        break;
      } else {
        at++;
      }
    }
    return at;
  }

  private String unescape(int from, int to) {
    var text = new StringBuilder();
    for (int at = from; at < to; at++) {
      char c = prompt.charAt(at);
      boolean escape = c == '\\' && at + 1 < to && ESCAPABLE.indexOf(prompt.charAt(at + 1)) >= 0;
      text.append(escape ? prompt.charAt(++at) : c);
    }
    return text.toString();
  }

  private int skipBlanks(int from, int limit) {
    int at = from;
    while (at < limit && isBlank(prompt.charAt(at))) {
      at++;
    }
    return at;
  }

  private static boolean isBlank(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
  }
}
