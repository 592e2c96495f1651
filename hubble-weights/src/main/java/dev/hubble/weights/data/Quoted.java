// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.data;

/// Names from files, made fit for a message: a hostile one may hold line breaks, terminal escapes
/// or a megabyte of text.
public final class Quoted {
  private static final int LONGEST = 120;

  private Quoted() {}

  /// The name in quotation marks, cut where it is long, with everything unprintable escaped.
  public static String of(String name) {
    StringBuilder out = new StringBuilder("\"");
    for (int i = 0; i < name.length() && i < LONGEST; i++) {
      char c = name.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (printable(c)) {
        out.append(c);
      } else {
        out.append("\\u%04x".formatted((int) c));
      }
    }
    return out.append(name.length() > LONGEST ? "...\"" : "\"").toString();
  }

  private static boolean printable(char c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE,
          Character.UNASSIGNED ->
          false;
      default -> true;
    };
  }
}
