// SPDX-License-Identifier: Apache-2.0
package dev.hubble.clip;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/// Words that a model was taught after its training by textual inversion (Gal et al., 2022,
/// arXiv:2208.01618): each stands for one vector or several, which the text encoder gets in place
/// of rows of its table. Immutable.
///
/// A word is found in a prompt whatever its case, but not within another word: `cat` is no part of
/// `caterpillar`.
public final class LearnedWords {
  /// A word.
  ///
  /// @param token as it is written in prompts: `<cat-toy>`
  /// @param vectors what it stands for, one after the other
  public record Word(String token, List<float[]> vectors) {}

  private static final Comparator<Word> LONGEST_FIRST =
      Comparator.comparingInt((Word word) -> word.token().length()).reversed();

  /// No words.
  public static final LearnedWords NONE = new LearnedWords(Integer.MAX_VALUE, List.of());

  private final int firstId;
  private final List<int[]> idsByLength = new ArrayList<>();
  private final List<float[]> vectors = new ArrayList<>();
  private final List<String> names = new ArrayList<>();
  private final List<Integer> runs = new ArrayList<>();
  private final Pattern pattern;

  private LearnedWords(int firstId, List<Word> words) {
    this.firstId = firstId;
    var alternatives = new ArrayList<String>();
    // Of two words at one place, the longer one counts.
    for (var word : words.stream().sorted(LONGEST_FIRST).toList()) {
      int first = firstId + vectors.size();
      for (int i = 0; i < word.vectors.size(); i++) {
        vectors.add(word.vectors.get(i));
        names.add(i == 0 ? word.token : word.token + "_" + i);
        runs.add(word.vectors.size() - i);
      }
      idsByLength.add(IntStream.range(first, firstId + vectors.size()).toArray());
      alternatives.add("(" + whole(word.token) + ")");
    }
    pattern =
        Pattern.compile(
            String.join("|", alternatives), Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);
  }

  /// These words.
  ///
  /// @param firstId the id of the first vector: the number of rows of the text encoder's table
  public static LearnedWords of(int firstId, List<Word> words) {
    return words.isEmpty() ? NONE : new LearnedWords(firstId, words);
  }

  private static String whole(String token) {
    int last = token.codePointBefore(token.length());
    return (Character.isLetterOrDigit(token.codePointAt(0)) ? "(?<![\\p{L}\\p{N}])" : "")
        + Pattern.quote(token)
        + (Character.isLetterOrDigit(last) ? "(?![\\p{L}\\p{N}])" : "");
  }

  /// Whether the vector of `id` is here rather than in the text encoder's table.
  boolean has(int id) {
    return id >= firstId && id - firstId < vectors.size();
  }

  float[] vector(int id) {
    return vectors.get(id - firstId);
  }

  /// The word; its further vectors have a number behind it, as in diffusers.
  String name(int id) {
    return names.get(id - firstId);
  }

  /// How many vectors of the word there are from this one on.
  int run(int id) {
    return runs.get(id - firstId);
  }

  /// Hands the ids of the words in `text` to `word`, and what is between them to `plain`, in order.
  void split(String text, Consumer<int[]> word, Consumer<String> plain) {
    if (vectors.isEmpty()) {
      plain.accept(text);
      return;
    }
    Matcher found = pattern.matcher(text);
    int from = 0;
    while (found.find()) {
      plain.accept(text.substring(from, found.start()));
      word.accept(ids(found));
      from = found.end();
    }
    plain.accept(text.substring(from));
  }

  private int[] ids(Matcher found) {
    int group = 1;
    while (found.group(group) == null) {
      group++;
    }
    return idsByLength.get(group - 1).clone();
  }
}
