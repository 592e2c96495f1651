// SPDX-License-Identifier: Apache-2.0
package dev.hubble.clip;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubble.HubbleException;
import org.junit.jupiter.api.Test;

class TokenizerFilesTest {
  private static final String VOCAB = Vocabularies.read("tiny/vocab.json");
  private static final String MERGES = Vocabularies.read("tiny/merges.txt");

  @Test
  void namesTheLineOfABadMerge() {
    refuses(VOCAB, "#version: 0.2\nt h\nthe\n", "merges.txt, line 3", "two symbols", "\"the\"");
    refuses(VOCAB, "#version: 0.2\nt h e\n", "merges.txt, line 2", "\"t h e\"");
    refuses(VOCAB, "t h\r\nt \r\n", "merges.txt, line 2", "two symbols");
  }

  @Test
  void namesTheTokenThatAMergeNeeds() {
    refuses(VOCAB, "#version: 0.2\nq zz\n", "merges.txt, line 2", "vocab.json lacks");
  }

  @Test
  void namesTheLineOfABadToken() {
    refuses("{\n\"a\": 0,\n\"b\": \"x\"}", MERGES, "vocab.json, line 3", "\"b\"");
    refuses("{\n\"a\": 0,\n\"b\": 0}", MERGES, "vocab.json, line 3", "same id 0");
    refuses("{\n\"a\": -4}", MERGES, "vocab.json, line 2", "-4");
    refuses("{\n\"a\": 1,\n\"b\" 2}", MERGES, "vocab.json, line 3", "not valid JSON");
    refuses("{\n\"a\": 99999999999999999999}", MERGES, "vocab.json, line 2");
    refuses("[1]", MERGES, "vocab.json, line 1");
    refuses("", MERGES, "vocab.json, line 1");
  }

  @Test
  void namesAMissingSpecialToken() {
    refuses("{\"a\": 0}", "", "vocab.json lacks \"<|startoftext|>\"");
  }

  @Test
  void refusesSettingsThatMakeNoSense() {
    assertThatThrownBy(() -> Tokenizer.load(VOCAB, MERGES, "{\"model_max_length\": 1}", null))
        .isInstanceOf(HubbleException.Model.class)
        .hasMessageContaining("model_max_length");
    assertThatThrownBy(() -> Tokenizer.load(VOCAB, MERGES, "{\"pad_token\": 3}", null))
        .isInstanceOf(HubbleException.Model.class)
        .hasMessageContaining("pad_token");
    assertThatThrownBy(() -> Tokenizer.load(VOCAB, MERGES, "{\"pad_token\": \"nope\"}", null))
        .isInstanceOf(HubbleException.Model.class)
        .hasMessageContaining("\"nope\"")
        .hasMessageContaining("padding");
    assertThatThrownBy(() -> Tokenizer.load(VOCAB, MERGES, "{", null))
        .isInstanceOf(HubbleException.Model.class)
        .hasMessageContaining("tokenizer_config.json, line 1");
  }

  @Test
  void refusesATokenizerJsonOfAnotherKind() {
    assertThatThrownBy(() ->
            Tokenizer.loadTokenizerJson(
                "{\"model\": {\"type\": \"WordPiece\", \"vocab\": {}}}", null, null))
        .isInstanceOf(HubbleException.Model.class)
        .hasMessageContaining("tokenizer.json");
    String broken =
        Vocabularies.read("tiny/tokenizer.json").replaceFirst("\"merges\":\\s*\\[", "$0[\"q\"],");
    assertThatThrownBy(() -> Tokenizer.loadTokenizerJson(broken, null, null))
        .isInstanceOf(HubbleException.Model.class)
        .hasMessageContaining("tokenizer.json, merge 1");
  }

  private static void refuses(String vocab, String merges, String... parts) {
    assertThatThrownBy(() -> Tokenizer.load(vocab, merges, null, null))
        .isInstanceOf(HubbleException.Model.class)
        .hasMessageContainingAll(parts);
  }
}
