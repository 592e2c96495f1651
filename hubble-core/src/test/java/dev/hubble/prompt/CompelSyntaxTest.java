// SPDX-License-Identifier: Apache-2.0
package dev.hubble.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubble.prompt.Part.Break;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CompelSyntaxTest {
  private static void check(String prompt, String expected) {
    assertThat(A1111SyntaxTest.shown(CompelSyntax.parse(prompt))).as(prompt).isEqualTo(expected);
  }

  @Test
  void readsPlusAndMinus() {
    check("a red+ ball", "a@1.0|red@1.1|ball@1.0");
    check("red++ ball--", "red@1.21|ball@0.81");
    check("red-haired girl", "red-haired girl@1.0");
    check("a (big red)++ ball", "a@1.0|big red@1.21|ball@1.0");
    check("(a (b)+ c)-", "a@0.9|b@0.99|c@0.9");
    check("\"big red\"- ball", "big red@0.9|ball@1.0");
    check("a - b + c", "a - b + c@1.0");
    check("red+, blue", "red@1.1|, blue@1.0");
    check("a+b", "a+b@1.0");
  }

  @Test
  void readsNumbers() {
    check("(big)1.3 ball", "big@1.3|ball@1.0");
    check("(big)2 ball", "big@2.0|ball@1.0");
    check("(big).5", "big@0.5");
    check("(big) 1.3", "big 1.3@1.0");
    check("ball1.2", "ball1.2@1.0");
    check("(big).attend(1.3)", "big@1.3");
    check("big.attend(++) x", "big@1.21|x@1.0");
    check("(a, b. c)1.5", "a , b . c@1.5");
    check("((a)0.5)0.5", "a@0.25");
  }

  @Test
  void readsWhatDoesNotParseAsWords() {
    check("", "");
    check("()", "");
    check("a (b c", "a (b c@1.0");
    check("b) c", "b) c@1.0");
    check("f(x)", "f(x)@1.0");
    check("(a = b)++", "(a = b)++@1.0");
    check("\\(a\\)+ \\\"b\\\"", "(a)@1.1|\"b\"@1.0");
    check("say \"x", "say \"x@1.0");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a (big red)1.4 galaxy- and (dim)0.5 star",
        "(a = b)++ f(x) \"q\"",
        "(a, b. c\\+)1.5 \\\\ -",
      })
  void printsWhatItReadsTheSame(String prompt) {
    var parts = CompelSyntax.parse(prompt);
    assertThat(CompelSyntax.parse(CompelSyntax.print(parts))).isEqualTo(parts);
  }

  @Test
  void doesNotPrintWhatCompelCannotSay() {
    assertThatThrownBy(() -> CompelSyntax.print(List.of(new Break())))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
