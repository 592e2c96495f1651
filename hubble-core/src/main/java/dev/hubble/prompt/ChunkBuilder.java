// SPDX-License-Identifier: Apache-2.0
package dev.hubble.prompt;

import dev.hubble.clip.Tokenizer;
import it.unimi.dsi.fastutil.floats.FloatArrayList;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Fills chunks with the tokens of a prompt's parts.
final class ChunkBuilder {
  private final Tokenizer tokenizer;
  private final int room;

  /// How far back a full chunk looks for a comma to end at; 0 to fill every chunk to its end.
  private final int backtrack;

  private final int comma;
  private final List<Chunk> chunks = new ArrayList<>();
  private final IntArrayList ids = new IntArrayList();
  private final FloatArrayList weights = new FloatArrayList();
  private final IntArrayList parts = new IntArrayList();
  private int lastComma = -1;

  ChunkBuilder(Tokenizer tokenizer, int backtrack) {
    this.tokenizer = tokenizer;
    this.room = tokenizer.maxLength() - 2;
    this.backtrack = backtrack;
    int[] commas = tokenizer.contentIds(",");
    this.comma = commas.length == 1 ? commas[0] : -1;
  }

  /// Adds the tokens of one part.
  void add(int[] tokens, double weight, int part) {
    int at = 0;
    while (at < tokens.length) {
      // The vectors of a learned word stay together.
      int run = Math.min(tokenizer.run(tokens[at]), tokens.length - at);
      if (tokens[at] == comma) {
        lastComma = ids.size();
      } else if (ids.size() == room && lastComma >= 0 && room - lastComma <= backtrack) {
        moveAfterComma();
      }
      if (ids.size() == room || (run <= room && ids.size() + run > room)) {
        next();
      }
      int count = Math.min(run, room - ids.size());
      for (int i = 0; i < count; i++) {
        ids.add(tokens[at + i]);
        weights.add((float) weight);
        parts.add(part);
      }
      at += count;
    }
  }

  /// Ends the chunk after its last comma; what stood after it begins the next.
  private void moveAfterComma() {
    int from = lastComma + 1;
    int[] movedIds = Arrays.copyOfRange(ids.elements(), from, ids.size());
    float[] movedWeights = Arrays.copyOfRange(weights.elements(), from, weights.size());
    int[] movedParts = Arrays.copyOfRange(parts.elements(), from, parts.size());
    ids.size(from);
    weights.size(from);
    parts.size(from);
    next();
    ids.addElements(0, movedIds);
    weights.addElements(0, movedWeights);
    parts.addElements(0, movedParts);
  }

  /// Ends the chunk, full or not.
  void next() {
    int length = tokenizer.maxLength();
    float[] allWeights = new float[length];
    int[] allParts = new int[length];
    Arrays.fill(allWeights, 1);
    Arrays.fill(allParts, -1);
    weights.getElements(0, allWeights, 1, weights.size());
    parts.getElements(0, allParts, 1, parts.size());
    chunks.add(new Chunk(tokenizer.frame(ids.toIntArray()), allWeights, allParts));
    ids.clear();
    weights.clear();
    parts.clear();
    lastComma = -1;
  }

  /// All chunks, at least one.
  List<Chunk> finish() {
    if (!ids.isEmpty() || chunks.isEmpty()) {
      next();
    }
    return List.copyOf(chunks);
  }
}
