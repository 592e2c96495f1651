// SPDX-License-Identifier: Apache-2.0
package dev.hubble.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Any string is a prompt, and what is printed reads as what was meant.
///
/// `-Dhubble.fuzz.runs=1000000` tries a million.
class PromptFuzzTest {
  private static final long RUNS = Long.getLong("hubble.fuzz.runs", 20_000);

  private static final List<String> WORDS =
      List.of(
          "(",
          ")",
          "[",
          "]",
          "\\",
          ":",
          "1.2",
          "0",
          "-1",
          ".",
          "9999999999",
          "+",
          "++",
          "-",
          "\"",
          ",",
          "=",
          "BREAK",
          "B",
          "REAK",
          " ",
          "  ",
          "\n",
          "\u00a0",
          "\u2003",
          "cat",
          "a",
          "x_y",
          "\u00e9",
          "\ud83d\ude00",
          "\ud800",
          "\u0000",
          "e5",
          ".attend(",
          ":1.1)",
          "\\(",
          "|",
          "<",
          "AND");

  record Syntax(Function<String, List<Part>> parse, Function<List<Part>, String> print) {}

  static Stream<Arguments> syntaxes() {
    return Stream.of(
        Arguments.of(Named.of("a1111", new Syntax(A1111Syntax::parse, A1111Syntax::print))),
        Arguments.of(Named.of("compel", new Syntax(CompelSyntax::parse, CompelSyntax::print))));
  }

  private static String make(Random random) {
    var text = new StringBuilder();
    int length = random.nextInt(30);
    for (int i = 0; i < length; i++) {
      text.append(
          random.nextInt(8) == 0
              ? String.valueOf((char) random.nextInt(0x10000))
              : WORDS.get(random.nextInt(WORDS.size())));
    }
    return text.toString();
  }

  @ParameterizedTest
  @MethodSource("syntaxes")
  void readsAnythingAndPrintsItTheSame(Syntax syntax) {
    var random = new Random(20260101);
    for (long run = 0; run < RUNS; run++) {
      String prompt = make(random);
      var parts = syntax.parse.apply(prompt);
      String printed = syntax.print.apply(parts);
      assertThat(syntax.parse.apply(printed))
          .as("run %d: %s printed as %s", run, prompt, printed)
          .isEqualTo(parts);
      for (var part : parts) {
        if (part instanceof Part.Text text) {
          assertThat(text.text()).isNotEmpty();
          assertThat(text.weight()).isFinite();
        }
      }
    }
  }

  /// Neither nesting nor length makes a parser slow or overflows its stack.
  @ParameterizedTest
  @ValueSource(
      strings = {"(", "[", "(a ", "\"", "(\"", "\\", ":", " ", "BREAK ", "(a)+", "+", "((a)1.1 "})
  void readsLongTextsSoon(String piece) {
    String prompt = piece.repeat(20_000);
    assertTimeout(
        Duration.ofSeconds(20),
        () -> {
          A1111Syntax.parse(prompt);
          CompelSyntax.parse(prompt);
        });
  }
}
