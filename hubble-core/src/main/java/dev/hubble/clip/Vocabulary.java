// SPDX-License-Identifier: Apache-2.0
package dev.hubble.clip;

import dev.hubble.HubbleException;
import it.unimi.dsi.fastutil.ints.Int2ObjectOpenHashMap;
import it.unimi.dsi.fastutil.longs.Long2LongOpenHashMap;
import it.unimi.dsi.fastutil.objects.Object2IntOpenHashMap;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The tokens that a model was trained with, the merges that lead to them, and the special ones
/// among them, whichever files they were read from.
final class Vocabulary {
  /// Marks the last symbol of a word, so that `star` in `starlight` is another token than `star`.
  static final String END_OF_WORD = "</w>";

  private static final int CLIP_SIZE = 49408;

  private final String file;
  private final Object2IntOpenHashMap<String> ids = new Object2IntOpenHashMap<>(CLIP_SIZE);
  private final Int2ObjectOpenHashMap<String> tokens = new Int2ObjectOpenHashMap<>(CLIP_SIZE);
  private final Long2LongOpenHashMap merges = new Long2LongOpenHashMap(CLIP_SIZE);

  /// @param file the file's name, for messages
  Vocabulary(String file) {
    this.file = file;
    ids.defaultReturnValue(-1);
    merges.defaultReturnValue(-1);
  }

  /// One more than the largest id.
  int size() {
    return 1 + tokens.keySet().intStream().max().orElse(-1);
  }

  /// Adds a token.
  ///
  /// @param place says where it was found, if need be
  void add(String token, long id, Supplier<String> place) {
    if (id < 0 || id > Integer.MAX_VALUE) {
      throw new HubbleException.Model(
          place.get() + ": token \"" + token + "\" has the id " + id + ", which is no token id.");
    }
    String other = tokens.putIfAbsent((int) id, token);
    if (other != null && !other.equals(token)) {
      throw new HubbleException.Model(
          place.get()
              + ": tokens \""
              + other
              + "\" and \""
              + token
              + "\" have the same id "
              + id
              + ".");
    }
    int before = ids.putIfAbsent(token, (int) id);
    if (before >= 0 && before != id) {
      throw new HubbleException.Model(
          place.get() + ": token \"" + token + "\" has two ids, " + before + " and " + id + ".");
    }
  }

  /// Adds a merge, of lower priority than those before it.
  ///
  /// @param place says where it was found, if need be
  void addMerge(List<String> symbols, Supplier<String> place) {
    if (symbols.size() != 2 || symbols.contains("")) {
      throw new HubbleException.Model(
          place.get()
              + ": a merge is two symbols with one blank between them, and this is \""
              + String.join(" ", symbols)
              + "\".");
    }
    String left = symbols.getFirst();
    String right = symbols.getLast();
    int merged = known(left + right, place);
    merges.putIfAbsent(
        BytePairEncoder.pair(known(left, place), known(right, place)),
        BytePairEncoder.merge(merges.size(), merged));
  }

  private int known(String token, Supplier<String> place) {
    int id = ids.getInt(token);
    if (id < 0) {
      throw new HubbleException.Model(
          place.get()
              + ": this merge needs the token \""
              + token
              + "\", which "
              + file
              + " lacks.");
    }
    return id;
  }

  /// The id of a token that must exist.
  ///
  /// @param role what it is needed for, for the message
  int id(String token, String role) {
    int id = ids.getInt(token);
    if (id < 0) {
      throw new HubbleException.Model(
          file + " lacks \"" + token + "\", which the model's tokenizer uses as " + role + ".");
    }
    return id;
  }

  /// The token with this id.
  @Nullable String token(int id) {
    return tokens.get(id);
  }

  /// The ids of the 256 byte symbols followed by `suffix`; `unknown` for one that is missing, an
  /// error if that is missing too.
  int[] byteSymbols(String suffix, String unknown) {
    int[] symbols = new int[256];
    Arrays.setAll(
        symbols,
        b -> {
          int id = ids.getInt(ByteSymbols.symbol(b) + suffix);
          return id >= 0 ? id : id(unknown, "the unknown token");
        });
    return symbols;
  }

  Long2LongOpenHashMap merges() {
    return merges;
  }
}
