// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.HubbleException;
import dev.hubble.PromptSyntax;
import java.util.List;
import org.junit.jupiter.api.Test;

class TokensCommandTest extends CommandLineTest {
  @Test
  void showsHowATextIsRead() {
    assertThat(run("tokens", "a blue galaxy")).isZero();
    assertThat(out().lines())
        .containsExactly(
            "text    a blue galaxy",
            "pieces  a blue galaxy",
            "ids     100 1 4 6 101",
            "count   5 of 10, start and end included",
            "cut     nothing");
    assertThat(engine.models).containsExactly("mini");
  }

  @Test
  void showsWhatIsCutOff() {
    assertThat(run("tokens", "1 2 3 4 5 6 7 8 nine ten")).isZero();
    assertThat(out())
        .contains("ids     100 1 1 1 1 1 1 1 1 101\n".replace("\n", System.lineSeparator()))
        .contains("count   12 of 10")
        .contains("cut     nine ten");
  }

  @Test
  void passesTheSyntaxOn() {
    assertThat(run("tokens", "a", "--prompt-syntax", "A1111")).isZero();
    assertThat(engine.syntax).isEqualTo(PromptSyntax.A1111);
    assertThat(run("tokens", "a", "--prompt-syntax", "b2222")).isEqualTo(2);
    assertThat(err()).contains("diffusers, a1111, compel");
  }

  @Test
  void showsChunksAndWeights() {
    engine.weights = List.of(1f, 1.5f, 1f, 1f, 1f, 1f, 1f, 1f, 1f, 1f);
    engine.chunks = 2;
    assertThat(run("tokens", "a blue galaxy", "--prompt-syntax", "a1111")).isZero();
    assertThat(out().lines())
        .containsExactly(
            "text    a blue galaxy",
            "pieces  a blue galaxy",
            "chunk 1 100 1:1.5 4 6 101",
            "chunk 2 101",
            "count   5 in 2 chunks of 5, start and end included");
  }

  @Test
  void takesEachArgumentAsATextOfItsOwn() {
    assertThat(run("tokens", "a", "b", "--model", "folder")).isZero();
    assertThat(out().lines().filter(line -> line.startsWith("text"))).hasSize(2);
    assertThat(engine.models).containsExactly("folder");
  }

  @Test
  void answersJsonLineByLine() {
    in =
        """
        {"text": "a café", "more": 1}

        {"text": ""}
        """;
    assertThat(run("tokens", "--jsonl")).isZero();
    assertThat(out().lines())
        .containsExactly(
            "{\"ids\":[100,1,4,101,101,101,101,101,101,101],\"untruncated\":4}",
            "{\"ids\":[100,101,101,101,101,101,101,101,101,101],\"untruncated\":2}");
    assertThat(err()).isEmpty();
  }

  @Test
  void namesTheLineThatIsWrong() {
    for (String wrong : new String[] {"{\"text\": 5}", "[]", "{\"text\": \"a", "{}", "7"}) {
      in = "{\"text\": \"a\"}\n" + wrong + "\n";
      assertThat(run("tokens", "--jsonl")).as(wrong).isEqualTo(1);
    }
    assertThat(err().lines()).hasSize(5).allMatch(line -> line.startsWith("Line 2 of stdin is "));
    assertThat(out().lines()).hasSize(5);
  }

  @Test
  void needsTextsFromOneSide() {
    assertThat(run("tokens")).isEqualTo(2);
    assertThat(run("tokens", "--jsonl", "a")).isEqualTo(2);
    assertThat(err()).contains("either TEXT arguments, or --jsonl");
  }

  @Test
  void passesOnThatThereIsNoModel() {
    engine.failure = new HubbleException.Model("There is no folder x.");
    assertThat(run("tokens", "--model", "x", "a")).isEqualTo(1);
    assertThat(err()).startsWith("There is no folder x.");
  }
}
