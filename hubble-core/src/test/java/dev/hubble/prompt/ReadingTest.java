// SPDX-License-Identifier: Apache-2.0
package dev.hubble.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubble.HubbleException;
import dev.hubble.LoadOptions;
import dev.hubble.PromptSyntax;
import dev.hubble.clip.LearnedWords;
import dev.hubble.clip.Tokenizer;
import dev.hubble.model.TokenizerFolder;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReadingTest {
  private static final Tokenizer TOKENIZER = TokenizerFolder.find("mini", LoadOptions.DEFAULT);

  private static Reading web(String prompt) {
    return Reading.of(PromptSyntax.A1111, prompt, TOKENIZER);
  }

  /// How many tokens of the prompt each chunk holds.
  private static List<Long> sizes(Reading reading) {
    return reading.chunks().stream()
        .map(chunk -> Arrays.stream(chunk.parts()).filter(part -> part >= 0).count())
        .toList();
  }

  @Test
  void aTextWithoutMarksIsReadAsInDiffusers() {
    var plain = Reading.of(PromptSyntax.DIFFUSERS, "a spiral galaxy", TOKENIZER);
    for (var syntax : PromptSyntax.values()) {
      var reading = Reading.of(syntax, "a spiral galaxy", TOKENIZER);
      assertThat(reading.chunks()).hasSize(1);
      assertThat(reading.chunks().getFirst().ids()).isEqualTo(plain.chunks().getFirst().ids());
      assertThat(reading.chunks().getFirst().plain()).isTrue();
      assertThat(reading.tokens()).isEqualTo(plain.tokens());
      assertThat(Reading.of(syntax, "", TOKENIZER).tokens().ids())
          .isEqualTo(Arrays.stream(TOKENIZER.ids("")).boxed().toList());
    }
  }

  @Test
  void weightsGoToTheTokensOfTheirWords() {
    var tokens = web("a (spiral:1.5) galaxy").tokens();
    int count = TOKENIZER.contentIds("spiral").length;
    assertThat(tokens.weights().subList(0, 3 + count + 1))
        .startsWith(1f, 1f)
        .containsSubsequence(1.5f, 1f);
    assertThat(tokens.weights()).filteredOn(w -> w == 1.5f).hasSize(count);
    assertThat(tokens.weights()).hasSize(77);
  }

  @Test
  void longTextsGoOnInTheNextChunk() {
    assertThat(sizes(web("a ".repeat(75)))).containsExactly(75L);
    assertThat(sizes(web("a ".repeat(76)))).containsExactly(75L, 1L);
    assertThat(sizes(web("a ".repeat(200)))).containsExactly(75L, 75L, 50L);
    var tokens = web("a ".repeat(200)).tokens();
    assertThat(tokens.chunks()).isEqualTo(3);
    assertThat(tokens.ids()).hasSize(3 * 77);
    assertThat(tokens.untruncated()).isEqualTo(206);
    assertThat(tokens.truncated()).isEmpty();
    assertThat(sizes(web("a BREAK a a BREAK"))).containsExactly(1L, 2L);
    assertThat(sizes(web("BREAK a"))).containsExactly(0L, 1L);
  }

  /// The web UI ends a full chunk at a comma if there is one among the last 20.
  @Test
  void chunksEndAtACommaThatIsNear() {
    assertThat(sizes(web("a ".repeat(60) + ", " + "a ".repeat(20)))).containsExactly(61L, 20L);
    assertThat(sizes(web("a ".repeat(50) + ", " + "a ".repeat(30)))).containsExactly(75L, 6L);
    assertThat(sizes(web("a ".repeat(60) + ", " + "a ".repeat(14) + ", a")))
        .containsExactly(75L, 2L);
    var compel = "a ".repeat(60) + ", " + "a ".repeat(20);
    assertThat(sizes(Reading.of(PromptSyntax.COMPEL, compel, TOKENIZER))).containsExactly(75L, 6L);
  }

  @Test
  void aLearnedWordStaysInOneChunk() {
    var word = new LearnedWords.Word("<sky>", List.of(new float[1], new float[1], new float[1]));
    var taught = TOKENIZER.with(LearnedWords.of(TOKENIZER.vocabularySize(), List.of(word)));
    var reading = Reading.of(PromptSyntax.A1111, "a ".repeat(74) + "<SKY>", taught);
    assertThat(sizes(reading)).containsExactly(74L, 3L);
    assertThat(reading.tokens().pieces()).endsWith("<sky>", "<sky>_1", "<sky>_2");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '!',
      value = {
        "A1111 ! a <lora:detail:0.8> star ! --lora",
        "A1111 ! a cat AND a dog ! AND",
        "A1111 ! a [cat:dog:0.5] ! between the steps",
        "A1111 ! a [cat:5] ! between the steps",
        "A1111 ! a [cat|dog] ! from step to step",
        "A1111 ! (a:5000) ! 5000",
        "COMPEL ! (a, b).blend(0.5, 0.5) ! .blend(",
        "COMPEL ! withLora(x) a ! --lora",
      })
  void refusesWhatItCannotDo(PromptSyntax syntax, String prompt, String words) {
    assertThatThrownBy(() -> Reading.of(syntax, prompt, TOKENIZER))
        .isInstanceOf(HubbleException.BadRequest.class)
        .hasMessageContaining(words);
  }

  @Test
  void readsEscapedBracketsThatLookLikeMore() {
    assertThat(web("\\[cat:dog:0.5\\]").tokens().weights()).allMatch(w -> w == 1);
    assertThat(web("[cat]").parts()).hasSize(1);
  }
}
