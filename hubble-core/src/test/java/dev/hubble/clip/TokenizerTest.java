// SPDX-License-Identifier: Apache-2.0
package dev.hubble.clip;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.Tokens;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class TokenizerTest {
  private static final int START = 49406;
  private static final int END = 49407;
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final List<JsonNode> REFERENCE =
      Vocabularies.read("clip-tokens.jsonl")
          .lines()
          .filter(line -> !line.isBlank())
          .map(JSON::readTree)
          .toList();

  private final Tokenizer clip = Vocabularies.CLIP;

  @Test
  void agreesWithHuggingFaceOnEveryReferenceText() {
    assertThat(REFERENCE).hasSize(460);
    for (JsonNode line : REFERENCE) {
      String text = line.path("text").asString();
      Tokens tokens = clip.encode(text);
      assertThat(tokens.ids()).as(text).isEqualTo(numbers(line.path("ids")));
      assertThat(tokens.untruncated()).as(text).isEqualTo(line.path("untruncated").asInt());
      assertThat(Arrays.stream(clip.ids(text)).boxed().toList()).as(text).isEqualTo(tokens.ids());
    }
  }

  @Test
  void agreesWithHuggingFaceOnOddTexts() {
    JsonNode vectors = JSON.readTree(Vocabularies.read("tokvectors.json"));
    assertThat(vectors.size()).isGreaterThan(30);
    for (JsonNode vector : vectors) {
      String text = vector.path("text").asString();
      assertThat(Arrays.stream(clip.contentIds(text)).boxed().toList())
          .as(text)
          .isEqualTo(numbers(vector.path("ids")));
    }
  }

  @Test
  void readsTokenizerJsonLikeVocabAndMerges() {
    Tokenizer folder =
        Tokenizer.load(
            Vocabularies.read("tiny/vocab.json"),
            Vocabularies.read("tiny/merges.txt"),
            Vocabularies.read("tiny/tokenizer_config.json"),
            Vocabularies.read("tiny/special_tokens_map.json"));
    String json = Vocabularies.read("tiny/tokenizer.json");
    Tokenizer single = Tokenizer.loadTokenizerJson(json, null, null);
    // Older writers give a merge as one string with a blank in it.
    String strings = json.replaceAll("\\[\\s*(\"[^\"]+)\",\\s*\"([^\"]+\")\\s*\\]", "$1 $2");
    assertThat(strings).contains("\"th e</w>\"");
    Tokenizer older = Tokenizer.loadTokenizerJson(strings, null, null);
    for (JsonNode line : REFERENCE) {
      String text = line.path("text").asString();
      assertThat(single.contentIds(text)).as(text).isEqualTo(folder.contentIds(text));
      assertThat(older.contentIds(text)).as(text).isEqualTo(folder.contentIds(text));
      assertThat(single.ids(text)).as(text).isEqualTo(folder.ids(text));
    }
  }

  @Test
  void fillsUpWithTheEndToken() {
    int[] empty = clip.ids("");
    assertThat(empty).hasSize(77);
    assertThat(empty[0]).isEqualTo(START);
    assertThat(Arrays.stream(empty).skip(1)).containsOnly(END);
    assertThat(clip.encode("").truncated()).isEmpty();
    assertThat(clip.encode("").pieces()).isEmpty();
    assertThat(clip.encode("").untruncated()).isEqualTo(2);
  }

  @Test
  void reportsWhatDoesNotFit() {
    Tokens fits = clip.encode("word ".repeat(75));
    assertThat(fits.untruncated()).isEqualTo(77);
    assertThat(fits.truncated()).isEmpty();

    Tokens tokens = clip.encode("word ".repeat(75) + "Sombrero  Galaxy, M104");
    assertThat(tokens.ids()).hasSize(77).startsWith(START).endsWith(END);
    assertThat(tokens.ids().get(75)).isEqualTo(2653);
    assertThat(tokens.pieces()).hasSize(tokens.untruncated() - 2);
    assertThat(tokens.truncated()).isEqualTo("sombrero galaxy , m 1 0 4");
  }

  @Test
  void readsTheExampleOfItsDocumentation() {
    assertThat(clip.contentIds("Hubble's  Galaxy")).containsExactly(30421, 568, 6545);
  }

  @Test
  void showsPiecesAsText() {
    assertThat(clip.encode("Hubble's café").pieces())
        .containsExactly("hubble</w>", "'s</w>", "café</w>");
  }

  @Test
  void keepsAPieceThatIsNoWholeCharacterAsTheVocabularySpellsIt() {
    List<String> pieces = clip.encode("\u1e9e\ufdfa").pieces();
    assertThat(String.join("", pieces)).doesNotContain("\ufffd");
  }

  @Test
  void decodesWhatItEncodes() {
    assertThat(clip.decode(clip.contentIds("The Crab\n Nebula, 日本語")))
        .isEqualTo("the crab nebula , 日本語");
  }

  @Test
  void takesSpecialTokensFromTheConfiguration() {
    Tokenizer padded =
        Tokenizer.load(
            Vocabularies.read("tiny/vocab.json"),
            Vocabularies.read("tiny/merges.txt"),
            """
            {"pad_token": {"content": "!", "lstrip": false}, "model_max_length": 1e30}
            """,
            null);
    assertThat(padded.maxLength()).isEqualTo(77);
    assertThat(padded.ids("")).startsWith(912, 913, 0).endsWith(0);
    Tokenizer shorter =
        Tokenizer.load(
            Vocabularies.read("tiny/vocab.json"),
            Vocabularies.read("tiny/merges.txt"),
            "{\"model_max_length\": 5, \"pad_token\": null}",
            "{\"pad_token\": \"!\"}");
    assertThat(shorter.ids("")).containsExactly(912, 913, 0, 0, 0);
    assertThat(shorter.ids("a b c d e f")).hasSize(5).startsWith(912).endsWith(913);
  }

  @Test
  void findsAddedTokensOfTheFile() {
    String json =
        Vocabularies.read("tiny/tokenizer.json")
            .replaceFirst(
                "\"added_tokens\":\\s*\\[", "$0{\"id\": 914, \"content\": \"<nebula>\"},");
    Tokenizer tokenizer = Tokenizer.loadTokenizerJson(json, null, null);
    assertThat(tokenizer.contentIds("<nebula><|endoftext|><nebula>"))
        .containsExactly(914, 913, 914);
    assertThat(tokenizer.contentIds("<NEBULA>")).doesNotContain(914);
  }

  @Test
  void toleratesManyThreads() {
    List<String> texts = REFERENCE.stream().map(line -> line.path("text").asString()).toList();
    // A tokenizer of its own, so that all threads fill its cache at once.
    Tokenizer fresh =
        Tokenizer.loadTokenizerJson(Vocabularies.read("tiny/tokenizer.json"), null, null);
    Tokenizer alone =
        Tokenizer.loadTokenizerJson(Vocabularies.read("tiny/tokenizer.json"), null, null);
    List<List<Integer>> together =
        texts.parallelStream().map(text -> fresh.encode(text).ids()).toList();
    assertThat(together).isEqualTo(texts.stream().map(text -> alone.encode(text).ids()).toList());
  }

  @Test
  void neverFailsOnAnyString() {
    var random = new Random(1);
    int[] special = {0, '\'', 0xd800, 0xdc00, 0x301, 0x316, 0x130, 0x3a3, 0x200d, '<', '|', 0x1100};
    for (int i = 0; i < 5_000; i++) {
      char[] text = new char[random.nextInt(40)];
      for (int k = 0; k < text.length; k++) {
        text[k] =
            (char)
                switch (random.nextInt(3)) {
                  case 0 -> random.nextInt(0x10000);
                  case 1 -> special[random.nextInt(special.length)];
                  default -> random.nextInt(128);
                };
      }
      Tokens tokens = clip.encode(new String(text));
      assertThat(tokens.ids()).hasSize(77).allMatch(id -> id >= 0 && id <= END);
      assertThat(tokens.pieces()).hasSize(tokens.untruncated() - 2);
    }
  }

  @Test
  void readsHalfASurrogatePairAsTheReplacementCharacter() {
    assertThat(clip.contentIds("a\ud83db")).isEqualTo(clip.contentIds("a\ufffdb"));
    assertThat(clip.contentIds("\ude00\ud83d\ude00\ud83d"))
        .isEqualTo(clip.contentIds("\ufffd\ud83d\ude00\ufffd"));
  }

  @Test
  void survivesHugeTexts() {
    int n = 1 << 20;
    // As in the reference: 80 letters x are 19 tokens of four and one for the last four.
    int[] word = clip.contentIds("x".repeat(n));
    assertThat(word).hasSize(n / 4);
    assertThat(Arrays.stream(word).limit(n / 4 - 1)).containsOnly(32035);
    assertThat(word[n / 4 - 1]).isEqualTo(22819);
    n /= 4;
    assertThat(clip.contentIds(" ".repeat(n))).isEmpty();
    assertThat(clip.contentIds("1".repeat(n))).hasSize(n).containsOnly(272);
    assertThat(clip.contentIds("<|endoftext|>".repeat(n / 13))).hasSize(n / 13).containsOnly(END);
    assertThat(clip.contentIds("'".repeat(n))).isNotEmpty();
    assertThat(clip.contentIds("<|".repeat(n / 2))).isNotEmpty();
    assertThat(clip.contentIds("a" + "\u0301".repeat(n / 2) + "\u0316".repeat(n / 2))).isNotEmpty();
  }

  private static List<Integer> numbers(JsonNode array) {
    return array.valueStream().map(JsonNode::asInt).toList();
  }
}
