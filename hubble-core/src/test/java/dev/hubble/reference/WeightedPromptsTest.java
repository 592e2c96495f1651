// SPDX-License-Identifier: Apache-2.0
package dev.hubble.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubble.Hubble;
import dev.hubble.HubbleException;
import dev.hubble.LoadOptions;
import dev.hubble.PromptEmbeddings;
import dev.hubble.PromptSyntax;
import dev.hubble.Request;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Weighted and long prompts, against what `src/test/python/prompts.py` computed with transformers.
class WeightedPromptsTest {
  private static final String LONG =
      "a very large spiral galaxy with a bright core and many young blue stars, dust lanes and"
          + " nebulae of every colour in the distant sky, seen by the space telescope, while two"
          + " smaller galaxies pass by and a comet with its long tail crosses the picture from the"
          + " left to the right";

  private static Hubble hubble;

  @BeforeAll
  static void open() {
    hubble = Hubble.load(Reference.path("tiny-sd").toString(), new LoadOptions("cpu", 0));
  }

  @AfterAll
  static void close() {
    hubble.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '!',
      value = {
        "a1111.nested ! A1111 ! a (((house:1.3)) [on] a (hill:0.5), sun, (((sky))).",
        "a1111.long ! A1111 ! (LONG:1.2)",
        "a1111.break ! A1111 ! a galaxy BREAK [a star] BREAK",
        "compel.weights ! COMPEL ! a (big red)1.4 galaxy- and (dim)0.5 star",
        "compel.long ! COMPEL ! (LONG)0.7 nothing",
        "compel.plain ! COMPEL ! LONG",
      })
  void vectorsEqualTransformers(String name, PromptSyntax syntax, String prompt) {
    try (var expected = Reference.store("tiny-sd.prompts.safetensors")) {
      var actual = hubble.embed(prompt.replace("LONG", LONG), syntax, 0);
      Reference.assertClose(
          name, actual.values(), Reference.floats(expected, name), Reference.LIMIT);
    }
  }

  /// Bit for bit.
  @ParameterizedTest
  @CsvSource({"A1111, (a:1) spiral (galaxy:1.0)", "COMPEL, (a)1 spiral (galaxy)1.0"})
  void aWeightOfOneChangesNothing(PromptSyntax syntax, String prompt) {
    assertThat(hubble.embed(prompt, syntax, 1))
        .isEqualTo(hubble.embed("a spiral galaxy", PromptSyntax.DIFFUSERS, 1));
  }

  private static int[] pixels(Request request) {
    var image = hubble.generate(request).image();
    return image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
  }

  private static Request request(String prompt) {
    return Request.of(prompt).negative("red").steps(2).seed(5).size(64, 64);
  }

  @Test
  void embeddingsDrawWhatTheirTextDraws(@TempDir Path folder) {
    var file = folder.resolve("prompts.safetensors");
    PromptEmbeddings.write(
        file,
        Map.of(
            PromptEmbeddings.PROMPT, hubble.embed("a galaxy"),
            PromptEmbeddings.NEGATIVE, hubble.embed("red")));
    var read = PromptEmbeddings.read(file);
    int[] drawn = pixels(request("a galaxy"));
    assertThat(
            pixels(
                request("something else")
                    .negative("else")
                    .promptEmbeddings(read.get(PromptEmbeddings.PROMPT))
                    .negativeEmbeddings(read.get(PromptEmbeddings.NEGATIVE))))
        .isEqualTo(drawn);
    assertThat(pixels(request("a galaxy").syntax(PromptSyntax.A1111))).isEqualTo(drawn);
    assertThat(pixels(request("a (galaxy:1.5)").syntax(PromptSyntax.A1111))).isNotEqualTo(drawn);
  }

  /// A longer prompt meets a negative prompt that is filled up with the empty text.
  @Test
  void promptsOfDifferentLengthsMeet() {
    var a = hubble.embed(LONG, PromptSyntax.A1111, 0);
    assertThat(a.tokens()).isEqualTo(154);
    int[] drawn = pixels(request(LONG).syntax(PromptSyntax.A1111));
    var padded = request("red BREAK").negative("").syntax(PromptSyntax.A1111);
    float[] both = new float[2 * 77 * a.width()];
    System.arraycopy(hubble.embed("red").values(), 0, both, 0, both.length / 2);
    System.arraycopy(hubble.embed("").values(), 0, both, both.length / 2, both.length / 2);
    assertThat(
            pixels(
                padded
                    .promptEmbeddings(a)
                    .negativeEmbeddings(PromptEmbeddings.of(both, 154, a.width()))))
        .isEqualTo(drawn);
  }

  @Test
  void refusesEmbeddingsThatDoNotFit() {
    assertThatThrownBy(
            () -> pixels(request("x").promptEmbeddings(PromptEmbeddings.of(new float[77], 77, 1))))
        .isInstanceOf(HubbleException.BadRequest.class)
        .hasMessageContaining("another model's");
    int width = hubble.embed("").width();
    assertThatThrownBy(() ->
            pixels(
                request("x")
                    .promptEmbeddings(PromptEmbeddings.of(new float[80 * width], 80, width))))
        .isInstanceOf(HubbleException.BadRequest.class)
        .hasMessageContaining("multiple of 77");
    assertThatThrownBy(() -> PromptEmbeddings.of(new float[] {Float.NaN}, 1, 1))
        .isInstanceOf(HubbleException.BadRequest.class);
  }
}
