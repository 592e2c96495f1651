// SPDX-License-Identifier: Apache-2.0
package dev.hubble.clip;

import dev.hubble.Tokens;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Turns a prompt into the numbers that CLIP's text encoder reads (Radford et al., 2021,
/// arXiv:2103.00020).
///
/// ```
/// "Hubble's  Galaxy"                         the prompt
///  hubble's  galaxy                          composed, in lower case          Normalization
///  hubble | 's | galaxy                      words                            WordSplitter
///  h u b b l e</w> | ' s</w> | g a ...       UTF-8 bytes as symbols           ByteSymbols
///  hubble</w> | 's</w> | galaxy</w>          merged, first learnt first       BytePairEncoder
///  30421 | 568 | 6545                        ids                              Vocabulary
///  49406 30421 568 6545 49407 49407 ...      framed, filled up to 77          here
/// ```
///
/// Every model of the family takes exactly 77 ids: what does not fit is cut off and reported. The
/// results are those of the fast CLIP tokenizer in Hugging Face's `tokenizers`. Safe for use by
/// several threads.
public final class Tokenizer {
  /// Longer words are not worth remembering.
  private static final int LONGEST_CACHED = 64;

  private static final int MOST_CACHED = 10_000;

  private final Vocabulary vocabulary;
  private final AddedTokens added;
  private final BytePairEncoder encoder;
  private final int[] inside;
  private final int[] atEnd;
  private final int start;
  private final int end;
  private final int pad;
  private final int maxLength;
  private final LearnedWords learned;
  private final ConcurrentHashMap<String, int[]> words;

  private Tokenizer(TokenizerFiles.Contents files, TokenizerFiles.Settings settings) {
    vocabulary = files.vocabulary();
    start = vocabulary.id(settings.start(), "the start of a text");
    end = vocabulary.id(settings.end(), "the end of a text");
    pad = vocabulary.id(settings.pad(), "padding");
    maxLength = settings.maxLength();
    inside = vocabulary.byteSymbols("", settings.unknown());
    atEnd = vocabulary.byteSymbols(Vocabulary.END_OF_WORD, settings.unknown());
    encoder = new BytePairEncoder(vocabulary.merges());
    var special = new ArrayList<>(files.added());
    special.addAll(List.of(settings.start(), settings.end()));
    added = new AddedTokens(special);
    learned = LearnedWords.NONE;
    words = new ConcurrentHashMap<>();
  }

  private Tokenizer(Tokenizer other, LearnedWords learned) {
    this.vocabulary = other.vocabulary;
    this.added = other.added;
    this.encoder = other.encoder;
    this.inside = other.inside;
    this.atEnd = other.atEnd;
    this.start = other.start;
    this.end = other.end;
    this.pad = other.pad;
    this.maxLength = other.maxLength;
    this.learned = learned;
    this.words = other.words;
  }

  /// This tokenizer with `words` in place of those that it has been taught so far.
  public Tokenizer with(LearnedWords words) {
    return new Tokenizer(this, words);
  }

  /// The words that it has been taught.
  public LearnedWords learned() {
    return learned;
  }

  /// A tokenizer from the contents of the files of a `tokenizer` folder.
  ///
  /// @param tokenizerConfigJson `tokenizer_config.json`, if there is one
  /// @param specialTokensMapJson `special_tokens_map.json`, if there is one
  /// @throws dev.hubble.HubbleException.Model if a file is damaged; the message names it and the
  ///   line
  public static Tokenizer load(
      String vocabJson,
      String mergesTxt,
      @Nullable String tokenizerConfigJson,
      @Nullable String specialTokensMapJson) {
    return new Tokenizer(
        TokenizerFiles.readVocabAndMerges(vocabJson, mergesTxt),
        TokenizerFiles.readSettings(tokenizerConfigJson, specialTokensMapJson));
  }

  /// A tokenizer from a `tokenizer.json`, which replaces `vocab.json` and `merges.txt` in newer
  /// folders.
  ///
  /// @param tokenizerConfigJson `tokenizer_config.json`, if there is one
  /// @param specialTokensMapJson `special_tokens_map.json`, if there is one
  /// @throws dev.hubble.HubbleException.Model if a file is damaged
  public static Tokenizer loadTokenizerJson(
      String tokenizerJson,
      @Nullable String tokenizerConfigJson,
      @Nullable String specialTokensMapJson) {
    return new Tokenizer(
        TokenizerFiles.readTokenizerJson(tokenizerJson),
        TokenizerFiles.readSettings(tokenizerConfigJson, specialTokensMapJson));
  }

  /// How many ids a text has after truncation and padding: 77.
  public int maxLength() {
    return maxLength;
  }

  /// One more than the largest id: how many rows the text encoder's table must have.
  public int vocabularySize() {
    return vocabulary.size();
  }

  /// The ids for the text encoder, exactly [#maxLength] of them.
  public int[] ids(String text) {
    return frame(contentIds(text));
  }

  /// The ids of the text alone: all of them, without start, end and padding.
  public int[] contentIds(String text) {
    var ids = new IntArrayList();
    learned.split(text, word -> ids.addElements(ids.size(), word), between -> addIds(between, ids));
    return ids.toIntArray();
  }

  private void addIds(String text, IntArrayList ids) {
    added.split(
        text,
        token -> ids.add(vocabulary.id(token, "an added token")),
        plain ->
            WordSplitter.split(
                Normalization.normalize(plain),
                word -> {
                  int[] tokens = word(word);
                  ids.addElements(ids.size(), tokens);
                }));
  }

  /// How many tokens from `id` on belong together: the rest of a learned word's vectors, else 1.
  public int run(int id) {
    return learned.has(id) ? learned.run(id) : 1;
  }

  /// Tokens as readable pieces.
  public List<String> pieces(int... ids) {
    return Arrays.stream(ids).mapToObj(this::piece).toList();
  }

  /// The ids, the readable pieces, and what was cut off.
  public Tokens encode(String text) {
    int[] content = contentIds(text);
    int kept = Math.min(content.length, maxLength - 2);
    return new Tokens(
        Arrays.stream(frame(content)).boxed().toList(),
        pieces(content),
        content.length + 2,
        decode(Arrays.copyOfRange(content, kept, content.length)));
  }

  /// The text that these ids stand for, in lower case and with one blank between words, as
  /// diffusers reports the part of a prompt that it cuts off.
  public String decode(int... ids) {
    var bytes = new ByteArrayOutputStream();
    for (int id : ids) {
      bytes.writeBytes(
          learned.has(id)
              ? (learned.name(id) + " ").getBytes(StandardCharsets.UTF_8)
              : ByteSymbols.bytes(token(id)));
    }
    return bytes.toString(StandardCharsets.UTF_8).replace(Vocabulary.END_OF_WORD, " ").strip();
  }

  /// The first 75 of `content` between start and end, filled up to [#maxLength].
  public int[] frame(int[] content) {
    int[] ids = new int[maxLength];
    int kept = Math.min(content.length, maxLength - 2);
    ids[0] = start;
    System.arraycopy(content, 0, ids, 1, kept);
    ids[kept + 1] = end;
    Arrays.fill(ids, kept + 2, maxLength, pad);
    return ids;
  }

  private int[] word(String word) {
    int[] known = words.get(word);
    if (known != null) {
      return known;
    }
    int[] ids = encoder.encode(symbols(word));
    if (word.length() <= LONGEST_CACHED && words.size() < MOST_CACHED) {
      words.put(word, ids);
    }
    return ids;
  }

  private int[] symbols(String word) {
    byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
    int[] symbols = new int[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      symbols[i] = (i + 1 < bytes.length ? inside : atEnd)[bytes[i] & 0xff];
    }
    return symbols;
  }

  private String token(int id) {
    String token = vocabulary.token(id);
    return token == null ? "" : token;
  }

  /// A token with its bytes read as UTF-8; one that ends within a character stays as it is in the
  /// vocabulary.
  private String piece(int id) {
    if (learned.has(id)) {
      return learned.name(id);
    }
    String token = token(id);
    String text = new String(ByteSymbols.bytes(token), StandardCharsets.UTF_8);
    return text.indexOf('\ufffd') < 0 ? text : token;
  }
}
