// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The part of a page that a program writes, between two marks; what people write around it stays.
final class MarkedTable {
  private static final String END = "<!-- end of what was measured -->";

  private MarkedTable() {}

  /// Puts `text` in the place of what stands between the marks.
  static String replace(String page, String name, String text) {
    var begin = "<!-- measured: %s -->\n".formatted(name);
    int from = page.indexOf(begin);
    int to = from < 0 ? -1 : page.indexOf(END, from);
    if (to < 0) {
      throw new IllegalArgumentException(
          "The page has no place for the table: the lines %sand %s."
              .formatted(begin.replace("\n", " "), END));
    }
    return page.substring(0, from + begin.length()) + "\n" + text + "\n" + page.substring(to);
  }

  /// The same with a file.
  static void write(Path file, String name, String text) throws IOException {
    Files.writeString(file, replace(Files.readString(file), name, text));
  }
}
