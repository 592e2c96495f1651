// SPDX-License-Identifier: Apache-2.0
package dev.hubble.adapt;

import dev.hubble.Additions;
import dev.hubble.HubbleException;
import dev.hubble.clip.LearnedWords;
import dev.hubble.clip.LearnedWords.Word;
import dev.hubble.weights.LearnedWordFile;
import dev.hubble.weights.StoredTensor;
import dev.hubble.weights.TensorStore;
import dev.hubble.weights.WeightsException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Reads learned words from files.
public final class EmbeddingFiles {
  private EmbeddingFiles() {}

  /// Reads all words.
  ///
  /// @param rows of the text encoder's table: the words' ids come after them
  /// @param width of its rows
  /// @throws HubbleException.BadRequest if a file is missing, damaged or for another model, or a
  ///   word is there twice
  public static LearnedWords read(List<Additions.Embedding> embeddings, int rows, int width) {
    var words = new ArrayList<Word>();
    for (var embedding : embeddings) {
      for (var word : read(embedding, width)) {
        for (var other : words) {
          if (other.token().equalsIgnoreCase(word.token())) {
            throw new HubbleException.BadRequest(
                "%s teaches the word %s, which another file does too; give one of them another name."
                    .formatted(embedding.file(), word.token()));
          }
        }
        words.add(word);
      }
    }
    return LearnedWords.of(rows, words);
  }

  /// The words that `embedding` teaches, in the order of [#read].
  static List<String> tokens(Additions.Embedding embedding) {
    try (var store = LearnedWordFile.open(embedding.file())) {
      return store.names().stream().map(name -> token(embedding, name, store)).toList();
    } catch (WeightsException e) {
      throw new HubbleException.BadRequest(e.getMessage(), e);
    }
  }

  private static List<Word> read(Additions.Embedding embedding, int width) {
    try (var store = LearnedWordFile.open(embedding.file())) {
      var words = new ArrayList<Word>();
      for (var name : store.names()) {
        StoredTensor tensor = store.find(name);
        if (tensor != null) {
          words.add(new Word(token(embedding, name, store), vectors(tensor, width)));
        }
      }
      if (words.isEmpty() || (words.size() > 1 && embedding.token() != null)) {
        throw new HubbleException.BadRequest(
            "%s holds %d learned words%s."
                .formatted(
                    embedding.file(),
                    words.size(),
                    words.isEmpty() ? "" : ", which cannot all be called " + embedding.token()));
      }
      return words;
    } catch (WeightsException e) {
      throw new HubbleException.BadRequest(e.getMessage(), e);
    }
  }

  private static String token(Additions.Embedding embedding, String name, TensorStore store) {
    if (embedding.token() != null) {
      return embedding.token();
    }
    if (!name.equals("emb_params") && !name.startsWith(LearnedWordFile.WEB_PREFIX)) {
      return name;
    }
    var own = store.metadata().get("name");
    return own == null || own.isBlank() ? AdditionNames.stem(embedding.file()) : own;
  }

  /// `[C]` is one vector, `[n,C]` are several.
  private static List<float[]> vectors(StoredTensor tensor, int width) {
    long[] shape = tensor.shape();
    boolean fits = (shape.length == 1 || shape.length == 2) && tensor.size() > 0;
    if (!fits || shape[shape.length - 1] != width) {
      throw new HubbleException.BadRequest(
          "%s: %s has the shape %s, and the words of this model are vectors of %d numbers%s."
              .formatted(
                  tensor.file(),
                  tensor.name(),
                  Arrays.toString(shape),
                  width,
                  fits ? other(shape[shape.length - 1]) : ""));
    }
    var vectors = new ArrayList<float[]>();
    for (long i = 0; i < tensor.size() / width; i++) {
      float[] vector = new float[width];
      tensor.read(i * width, vector, 0, width);
      vectors.add(vector);
    }
    return vectors;
  }

  private static String other(long width) {
    return switch ((int) Math.min(width, Integer.MAX_VALUE)) {
      case 768 -> ": it was made for Stable Diffusion 1";
      case 1024 -> ": it was made for Stable Diffusion 2";
      case 1280 -> ": it was made for Stable Diffusion XL";
      default -> ": it was made for another model";
    };
  }
}
