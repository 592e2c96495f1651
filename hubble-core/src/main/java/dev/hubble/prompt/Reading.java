// SPDX-License-Identifier: Apache-2.0
package dev.hubble.prompt;

import dev.hubble.HubbleException;
import dev.hubble.PromptSyntax;
import dev.hubble.Tokens;
import dev.hubble.clip.Tokenizer;
import dev.hubble.prompt.Part.Break;
import dev.hubble.prompt.Part.Text;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A prompt as the text encoder will get it.
///
/// @param syntax the marks it was written in
/// @param parts what the marks made of it
/// @param chunks the tokens, in portions
/// @param tokens the same, for people
public record Reading(PromptSyntax syntax, List<Part> parts, List<Chunk> chunks, Tokens tokens) {
  /// Where a full chunk of the web UI's looks for a comma.
  private static final int COMMA_BACKTRACK = 20;

  /// Reads `prompt`.
  ///
  /// @throws HubbleException.BadRequest if its marks ask for something that cannot be done
  public static Reading of(PromptSyntax syntax, String prompt, Tokenizer tokenizer) {
    Unsupported.check(syntax, prompt);
    return switch (syntax) {
      case DIFFUSERS -> plain(prompt, tokenizer);
      case A1111 -> weighted(syntax, A1111Syntax.parse(prompt), tokenizer, COMMA_BACKTRACK);
      case COMPEL -> weighted(syntax, CompelSyntax.parse(prompt), tokenizer, 0);
    };
  }

  private static Reading plain(String prompt, Tokenizer tokenizer) {
    var tokens = tokenizer.encode(prompt);
    int[] ids = tokens.ids().stream().mapToInt(Integer::intValue).toArray();
    float[] weights = new float[ids.length];
    int[] parts = new int[ids.length];
    Arrays.fill(weights, 1);
    Arrays.fill(parts, -1);
    List<Part> whole = prompt.isEmpty() ? List.of() : List.of(new Text(prompt, 1));
    return new Reading(
        PromptSyntax.DIFFUSERS, whole, List.of(new Chunk(ids, weights, parts)), tokens);
  }

  private static Reading weighted(
      PromptSyntax syntax, List<Part> parts, Tokenizer tokenizer, int backtrack) {
    Unsupported.check(parts);
    var builder = new ChunkBuilder(tokenizer, backtrack);
    var pieces = new ArrayList<String>();
    for (int i = 0; i < parts.size(); i++) {
      switch (parts.get(i)) {
        case Break _ -> builder.next();
        case Text text -> {
          int[] ids = tokenizer.contentIds(text.text());
          builder.add(ids, text.weight(), i);
          pieces.addAll(tokenizer.pieces(ids));
        }
      }
    }
    var chunks = builder.finish();
    var ids = new ArrayList<Integer>();
    var weights = new ArrayList<Float>();
    for (var chunk : chunks) {
      for (int i = 0; i < chunk.ids().length; i++) {
        ids.add(chunk.ids()[i]);
        weights.add(chunk.weights()[i]);
      }
    }
    return new Reading(
        syntax,
        parts,
        chunks,
        new Tokens(ids, pieces, pieces.size() + 2 * chunks.size(), "", chunks.size(), weights));
  }
}
