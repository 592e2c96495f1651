// SPDX-License-Identifier: Apache-2.0
package dev.hubble.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.hubble.prompt.Part.Break;
import dev.hubble.prompt.Part.Text;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class A1111SyntaxTest {
  /// `text@weight`, with `|` between the parts and `BREAK` for a break.
  static String shown(List<Part> parts) {
    var shown = new StringBuilder();
    for (var part : parts) {
      shown.append(shown.isEmpty() ? "" : "|");
      switch (part) {
        case Break _ -> shown.append("BREAK");
        case Text text ->
            shown.append(text.text()).append('@').append(Math.round(text.weight() * 1e6) / 1e6);
      }
    }
    return shown.toString();
  }

  private static void check(String prompt, String expected) {
    assertThat(shown(A1111Syntax.parse(prompt))).as(prompt).isEqualTo(expected);
  }

  /// What the web UI's own documentation of its parser gives.
  @Test
  void readsTheWebUisExamples() {
    check("normal text", "normal text@1.0");
    check("an (important) word", "an @1.0|important@1.1| word@1.0");
    check("(unbalanced", "unbalanced@1.1");
    check("\\(literal\\]", "(literal]@1.0");
    check("(unnecessary)(parens)", "unnecessaryparens@1.1");
    check(
        "a (((house:1.3)) [on] a (hill:0.5), sun, (((sky))).",
        "a @1.0|house@1.573| @1.1|on@1.0| a @1.1|hill@0.55|, sun, @1.1|sky@1.4641|.@1.1");
  }

  @Test
  void readsWhatStandsAtTheEdges() {
    check("", "");
    check("()", "");
    check("[word]", "word@0.909091");
    check("a) b] c", "a) b] c@1.0");
    check("(a: 1.5 )", "a@1.5");
    check("(a:-1)", "a@-1.0");
    check("(a:.5) (b:+2.)", "a@0.5| @1.0|b@2.0");
    check("a:1.2) b", "a:1.2) b@1.0");
    check("(a:1.2.3)", "a:1.2.3@1.1");
    check("(a:.)", "a:.@1.1");
    check("C:\\\\dir \\x", "C:\\dir x@1.0");
    check("(a:0)", "a@0.0");
  }

  @Test
  void breaksWhereItSays() {
    check("a BREAK b", "a@1.0|BREAK|b@1.0");
    check(" BREAK ", "BREAK");
    check("BREAKS unBREAK break", "BREAKS unBREAK break@1.0");
    check("(a BREAK b:1.2)", "a@1.2|BREAK|b@1.2");
    check("a BREAK BREAK b", "a@1.0|BREAK|BREAK|b@1.0");
    check("B\\REAK", "BREAK@1.0");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "an (important) word",
        "a (((house:1.3)) [on] a (hill:0.5), sun, (((sky))).",
        "\\(\\[x\\\\ (a\\):1.2) B\\REAK a:1.5\\) BREAK (b )BREAK",
        "(a:1e5) (b:00012) (c:-0) [[[[d]]]]",
      })
  void printsWhatItReadsTheSame(String prompt) {
    var parts = A1111Syntax.parse(prompt);
    assertThat(A1111Syntax.parse(A1111Syntax.print(parts))).isEqualTo(parts);
  }

  @Test
  void keepsWeightsFinite() {
    var parts = A1111Syntax.parse("(".repeat(20_000) + "a" + ":9999)".repeat(20_000));
    assertThat(parts).hasSize(1);
    assertThat(((Text) parts.getFirst()).weight()).isCloseTo(Double.MAX_VALUE, within(1.0));
    var nothing = A1111Syntax.parse("((a:0):" + "9".repeat(400) + ")");
    assertThat(((Text) nothing.getFirst()).weight()).isZero();
  }
}
