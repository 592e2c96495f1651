// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// The options of the commands that are not JMH's: `--name value`, or `--name` alone.
final class Arguments {
  private final List<String> rest;

  Arguments(List<String> args) {
    rest = new ArrayList<>(args);
  }

  /// Takes an option with a value; `otherwise` if it is not there.
  String value(String name, String otherwise) {
    int i = rest.indexOf(name);
    if (i < 0) {
      return otherwise;
    }
    if (i + 1 == rest.size()) {
      throw new IllegalArgumentException(name + " wants a value.");
    }
    rest.remove(i);
    return rest.remove(i);
  }

  /// Takes an option with a number.
  int number(String name, int otherwise) {
    return Integer.parseInt(value(name, String.valueOf(otherwise)));
  }

  /// Takes an option with numbers and commas between them.
  int[] numbers(String name, String otherwise) {
    return Stream.of(value(name, otherwise).split(",", -1)).mapToInt(Integer::parseInt).toArray();
  }

  /// Takes an option without a value.
  boolean flag(String name) {
    return rest.remove(name);
  }

  /// What nobody took.
  String[] rest() {
    return rest.toArray(String[]::new);
  }

  /// Refuses what nobody took.
  void finish() {
    if (!rest.isEmpty()) {
      throw new IllegalArgumentException("What is " + rest.getFirst() + "?");
    }
  }
}
