// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import dev.hubble.weights.MemoryTensors;
import dev.hubble.weights.SafetensorsWriter;
import dev.hubble.weights.StoredTensor;
import dev.hubble.weights.WeightFile;
import dev.hubble.weights.WeightsException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/// A prompt as the UNet gets it: the text encoder's vectors, one per token. Made by [Hubble#embed],
/// or by other programs that blend and weigh prompts in ways of their own; given to
/// [Request#promptEmbeddings]. Immutable.
///
/// ```java
/// var day = hubble.embed("a castle by day");
/// var night = hubble.embed("a castle by night");
/// hubble.generate(Request.of("dusk").promptEmbeddings(day.mix(night, 0.5)));
/// ```
public final class PromptEmbeddings {
  /// The name of a prompt in a file, as in diffusers.
  public static final String PROMPT = "prompt_embeds";

  /// The name of a negative prompt in a file.
  public static final String NEGATIVE = "negative_prompt_embeds";

  /// More is a mistake.
  private static final int MOST_TOKENS = 1 << 14;

  private final float[] values;
  private final int tokens;
  private final int width;

  private PromptEmbeddings(float[] values, int tokens, int width) {
    this.values = values;
    this.tokens = tokens;
    this.width = width;
  }

  /// Embeddings from numbers of any origin.
  ///
  /// @param values `[tokens,width]`, row-major; copied
  /// @throws HubbleException.BadRequest if their number is wrong, or one is not finite
  public static PromptEmbeddings of(float[] values, int tokens, int width) {
    if (tokens < 1 || width < 1 || (long) tokens * width != values.length) {
      throw new HubbleException.BadRequest(
          "%d numbers are no embeddings of %d tokens of width %d."
              .formatted(values.length, tokens, width));
    }
    for (float value : values) {
      if (!Float.isFinite(value)) {
        throw new HubbleException.BadRequest(
            "The embeddings hold values that are infinite or not a number.");
      }
    }
    return new PromptEmbeddings(values.clone(), tokens, width);
  }

  /// How many tokens: 77 for each chunk.
  public int tokens() {
    return tokens;
  }

  /// The width of a token's vector: 768 in v1 models.
  public int width() {
    return width;
  }

  /// A copy of the numbers, `[tokens,width]`.
  public float[] values() {
    return values.clone();
  }

  /// The point at `part` of the way from these to `other`.
  ///
  /// @throws HubbleException.BadRequest if their sizes differ
  public PromptEmbeddings mix(PromptEmbeddings other, double part) {
    if (other.tokens != tokens || other.width != width) {
      throw new HubbleException.BadRequest(
          "Embeddings of %dx%d and of %dx%d cannot be mixed."
              .formatted(tokens, width, other.tokens, other.width));
    }
    float[] mixed = new float[values.length];
    for (int i = 0; i < mixed.length; i++) {
      mixed[i] = (float) (values[i] + part * (other.values[i] - values[i]));
    }
    return of(mixed, tokens, width);
  }

  /// All embeddings of a safetensors file, or of one that PyTorch wrote, by their names: [#PROMPT],
  /// [#NEGATIVE].
  ///
  /// @throws HubbleException.BadRequest if the file is not there or not valid, or holds a tensor of
  ///   another rank than `[1,tokens,width]` or `[tokens,width]`
  public static Map<String, PromptEmbeddings> read(Path file) {
    var found = new LinkedHashMap<String, PromptEmbeddings>();
    try (var store = WeightFile.open(file)) {
      for (var name : store.names()) {
        StoredTensor tensor = store.find(name);
        if (tensor != null) {
          found.put(name, read(tensor));
        }
      }
    } catch (WeightsException e) {
      throw new HubbleException.BadRequest(e.getMessage(), e);
    }
    return found;
  }

  private static PromptEmbeddings read(StoredTensor tensor) {
    long[] shape = tensor.shape();
    boolean fits = shape.length == 2 || (shape.length == 3 && shape[0] == 1);
    if (!fits || tensor.size() == 0 || shape[shape.length - 2] > MOST_TOKENS) {
      throw new HubbleException.BadRequest(
          "%s: %s has the shape %s; the embeddings of a prompt are [1,77,768], or a multiple of 77."
              .formatted(tensor.file(), tensor.name(), Arrays.toString(shape)));
    }
    float[] values = new float[Math.toIntExact(tensor.size())];
    tensor.read(0, values, 0, values.length);
    return of(values, (int) shape[shape.length - 2], (int) shape[shape.length - 1]);
  }

  /// Writes embeddings to a safetensors file, as `[1,tokens,width]`.
  ///
  /// @throws HubbleException if the file cannot be written
  public static void write(Path file, Map<String, PromptEmbeddings> embeddings) {
    var tensors = new LinkedHashMap<String, StoredTensor>();
    embeddings.forEach(
        (name, e) -> tensors.put(name, MemoryTensors.of(name, e.values, 1, e.tokens, e.width)));
    try {
      SafetensorsWriter.write(file, tensors);
    } catch (WeightsException e) {
      throw new HubbleException(e.getMessage(), e);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PromptEmbeddings that
        && that.tokens == tokens
        && that.width == width
        && Arrays.equals(that.values, values);
  }

  @Override
  public int hashCode() {
    return 31 * tokens + Arrays.hashCode(values);
  }

  @Override
  public String toString() {
    return "PromptEmbeddings[%d,%d]".formatted(tokens, width);
  }
}
