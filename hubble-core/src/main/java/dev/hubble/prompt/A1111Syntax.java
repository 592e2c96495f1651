// SPDX-License-Identifier: Apache-2.0
package dev.hubble.prompt;

import dev.hubble.prompt.Part.Break;
import dev.hubble.prompt.Part.Text;
import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The marks of AUTOMATIC1111's web UI.
///
/// | mark | weight |
/// |---|---|
/// | `(word)` | times 1.1; brackets nest |
/// | `(word:1.5)` | times 1.5 |
/// | `[word]` | divided by 1.1 |
/// | `\(` `\)` `\[` `\]` `\\` | the character itself |
/// | `BREAK` | a new chunk |
///
/// Every text is a prompt: a bracket that is never closed holds to the end, one that was never
/// opened is a character. Unlike there, `BREAK` within brackets is a break, and blanks around it
/// are dropped even if brackets stand between.
public final class A1111Syntax {
  private static final double ROUND = 1.1;
  private static final double SQUARE = 1 / 1.1;

  private static final Pattern TOKEN =
      Pattern.compile(
          "\\\\[()\\[\\]\\\\]?|[(\\[)\\]]|:\\s*([+-]?(?:\\d+\\.?\\d*|\\.\\d+))\\s*\\)|:|[^\\\\()\\[\\]:]+");

  private static final Pattern SPECIAL = Pattern.compile("[\\\\()\\[\\]]");

  private static final Pattern BREAK =
      Pattern.compile("\\bBREAK\\b", Pattern.UNICODE_CHARACTER_CLASS);

  private A1111Syntax() {}

  /// A piece whose weight may still change; a break if the text is null.
  private static final class Draft {
    private final StringBuilder text;
    private final boolean isBreak;
    private double weight = 1;

    Draft(String text, boolean isBreak) {
      this.text = new StringBuilder(text);
      this.isBreak = isBreak;
    }
  }

  /// Takes a prompt apart. Never fails.
  public static List<Part> parse(String prompt) {
    var drafts = new ArrayList<Draft>();
    Deque<Integer> round = new ArrayDeque<>();
    Deque<Integer> square = new ArrayDeque<>();
    Matcher token = TOKEN.matcher(prompt);
    while (token.find()) {
      String text = token.group();
      String weight = token.group(1);
      if (text.charAt(0) == '\\') {
        drafts.add(new Draft(text.substring(1), false));
      } else if (text.equals("(")) {
        round.push(drafts.size());
      } else if (text.equals("[")) {
        square.push(drafts.size());
      } else if (weight != null && !round.isEmpty()) {
        multiply(drafts, round.pop(), Double.parseDouble(weight));
      } else if (text.equals(")") && !round.isEmpty()) {
        multiply(drafts, round.pop(), ROUND);
      } else if (text.equals("]") && !square.isEmpty()) {
        multiply(drafts, square.pop(), SQUARE);
      } else {
        addText(drafts, text);
      }
    }
    round.forEach(from -> multiply(drafts, from, ROUND));
    square.forEach(from -> multiply(drafts, from, SQUARE));
    return finish(drafts);
  }

  private static void addText(List<Draft> drafts, String text) {
    Matcher separator = BREAK.matcher(text);
    int from = 0;
    while (separator.find()) {
      drafts.add(new Draft(text.substring(from, separator.start()), false));
      drafts.add(new Draft("", true));
      from = separator.end();
    }
    drafts.add(new Draft(text.substring(from), false));
  }

  private static void multiply(List<Draft> drafts, int from, double factor) {
    for (var draft : drafts.subList(from, drafts.size())) {
      draft.weight = Part.clamp(draft.weight * Part.clamp(factor));
    }
  }

  /// Joins neighbours of one weight, and drops what is empty.
  private static List<Part> finish(List<Draft> drafts) {
    var joined = new ArrayList<Draft>();
    for (var draft : drafts) {
      if (draft.isBreak) {
        stripEnd(joined);
        joined.add(draft);
        continue;
      }
      var last = joined.isEmpty() ? null : joined.getLast();
      if (last == null || last.isBreak) {
        String text = draft.text.toString();
        draft.text.setLength(0);
        draft.text.append(last == null ? text : text.stripLeading());
      }
      if (draft.text.isEmpty()) {
        continue;
      }
      if (last != null && !last.isBreak && last.weight == draft.weight) {
        last.text.append(draft.text);
      } else {
        joined.add(draft);
      }
    }
    var parts = new ArrayList<Part>();
    joined.forEach(draft ->
        parts.add(draft.isBreak ? new Break() : new Text(draft.text.toString(), draft.weight)));
    return List.copyOf(parts);
  }

  private static void stripEnd(List<Draft> joined) {
    while (!joined.isEmpty() && !joined.getLast().isBreak) {
      var text = joined.getLast().text;
      text.setLength(text.toString().stripTrailing().length());
      if (!text.isEmpty()) {
        return;
      }
      joined.removeLast();
    }
  }

  /// Writes a prompt that [#parse] reads as `parts`.
  public static String print(List<Part> parts) {
    var prompt = new StringBuilder();
    for (var part : parts) {
      switch (part) {
        case Break _ -> prompt.append(" BREAK ");
        case Text text when text.weight() == 1 -> prompt.append(escape(text.text()));
        case Text text ->
            prompt
                .append('(')
                .append(escape(text.text()))
                .append(':')
                .append(BigDecimal.valueOf(text.weight()).toPlainString())
                .append(')');
      }
    }
    return prompt.toString();
  }

  /// A backslash before a letter says nothing, so it takes a word's meaning away.
  private static String escape(String text) {
    String escaped = SPECIAL.matcher(text).replaceAll("\\\\$0");
    return BREAK.matcher(escaped).replaceAll("B\\\\REAK");
  }
}
