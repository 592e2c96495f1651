// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import java.util.Collections;
import java.util.List;

/// A text as the model reads it.
///
/// @param ids exactly as many ids as the text encoder takes (77): start, text, end, padding; so
///   many for each chunk, where a text is read in several
/// @param pieces the text's tokens as readable pieces, start and end not included, before
///   truncation; `</w>` marks a word's end
/// @param untruncated how many ids the whole text would need, start and end included
/// @param truncated the end of the text that did not fit; empty if all did
/// @param chunks in how many chunks the text is read
/// @param weights the weight of each of `ids`; all 1 unless the text has marks that say otherwise
public record Tokens(
    List<Integer> ids,
    List<String> pieces,
    int untruncated,
    String truncated,
    int chunks,
    List<Float> weights) {
  public Tokens {
    ids = List.copyOf(ids);
    pieces = List.copyOf(pieces);
    weights = List.copyOf(weights);
  }

  /// A text without weights, in one chunk.
  public Tokens(List<Integer> ids, List<String> pieces, int untruncated, String truncated) {
    this(ids, pieces, untruncated, truncated, 1, Collections.nCopies(ids.size(), 1f));
  }
}
