// SPDX-License-Identifier: Apache-2.0
package dev.hubble.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.PromptSyntax;
import dev.hubble.Tokens;
import dev.hubble.prompt.Chunk;
import dev.hubble.prompt.Part;
import dev.hubble.prompt.Reading;
import dev.hubble.reference.Reference;
import dev.hubble.weights.TensorStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What weights do to encoded prompts, against `src/test/python/weighing.py`, which computes it
/// another way round with random embeddings.
class WeighingTest {
  private static final int LENGTH = 77;
  private static final int WIDTH = 6;

  private static TensorStore expected;
  private static float[] table;
  private static float[] mixing;
  private static float[] direction;

  @BeforeAll
  static void open() {
    expected = Reference.store("weighing.safetensors");
    table = Reference.floats(expected, "table");
    mixing = Reference.floats(expected, "mixing");
    direction = Reference.floats(expected, "direction");
  }

  @AfterAll
  static void close() {
    expected.close();
  }

  /// In place of a text encoder.
  private static float[] encode(int[] ids, boolean @Nullable [] hidden) {
    float[] z = new float[LENGTH * WIDTH];
    for (int t = 0; t < LENGTH; t++) {
      double seen = 0;
      for (int s = 0; s < LENGTH; s++) {
        seen += hidden != null && hidden[s] ? 0 : mixing[t * LENGTH + s];
      }
      for (int c = 0; c < WIDTH; c++) {
        z[t * WIDTH + c] = (float) (table[ids[t] * WIDTH + c] + 0.25 * seen * direction[c]);
      }
    }
    return z;
  }

  private static Reading reading(String name, PromptSyntax syntax) {
    float[] ids = Reference.floats(expected, name + ".ids");
    float[] weights = Reference.floats(expected, name + ".weights");
    float[] owners = Reference.floats(expected, name + ".parts");
    var chunks = new ArrayList<Chunk>();
    for (int at = 0; at < ids.length; at += LENGTH) {
      int[] own = new int[LENGTH];
      int[] parts = new int[LENGTH];
      for (int i = 0; i < LENGTH; i++) {
        own[i] = (int) ids[at + i];
        parts[i] = (int) owners[at + i];
      }
      chunks.add(new Chunk(own, Arrays.copyOfRange(weights, at, at + LENGTH), parts));
    }
    var parts = new ArrayList<Part>();
    for (float weight : Reference.floats(expected, name + ".part_weights")) {
      parts.add(new Part.Text("words", Double.parseDouble(Float.toString(weight))));
    }
    return new Reading(syntax, parts, chunks, new Tokens(List.of(), List.of(), 0, ""));
  }

  private static float[] weighed(String name, PromptSyntax syntax) {
    int[] empty = new int[LENGTH];
    Arrays.fill(empty, 1, LENGTH, 1);
    var chunks =
        Weighing.apply(reading(name, syntax), WeighingTest::encode, () -> encode(empty, null));
    float[] all = new float[chunks.size() * LENGTH * WIDTH];
    for (int i = 0; i < chunks.size(); i++) {
      System.arraycopy(chunks.get(i), 0, all, i * LENGTH * WIDTH, LENGTH * WIDTH);
    }
    return all;
  }

  @ParameterizedTest
  @ValueSource(strings = {"more", "less", "twice", "none", "long"})
  void equalsAnIndependentDerivation(String name) {
    for (var syntax : List.of(PromptSyntax.COMPEL, PromptSyntax.A1111)) {
      String key = name + "." + syntax;
      assertThat(expected.find(key)).as(key).isNotNull();
      Reference.assertClose(
          key, weighed(name, syntax), Reference.floats(expected, key), /* limit= */ 1e-6);
    }
  }
}
