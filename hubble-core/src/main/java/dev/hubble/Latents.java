// SPDX-License-Identifier: Apache-2.0
package dev.hubble;

import dev.hubble.weights.MemoryTensors;
import dev.hubble.weights.Safetensors;
import dev.hubble.weights.SafetensorsWriter;
import dev.hubble.weights.StoredTensor;
import dev.hubble.weights.WeightsException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/// Pictures, or noise, as the UNet sees them: four numbers for each 8x8 pixels, `[N,4,h,w]`,
/// row-major, scaled so that their variance is about 1. Immutable.
///
/// In a safetensors file they are the tensor `latents` of type F32, which diffusers takes and gives
/// as `latents`.
public final class Latents {
  /// How many numbers each place has.
  public static final int CHANNELS = 4;

  /// Of no picture.
  static final Latents NONE = new Latents(new float[0], 0, 0, 0);

  private static final String NAME = "latents";

  private final float[] values;
  private final int count;
  private final int height;
  private final int width;

  private Latents(float[] values, int count, int height, int width) {
    this.values = values;
    this.count = count;
    this.height = height;
    this.width = width;
  }

  /// The latents of `count` pictures.
  ///
  /// @param values `[count,4,height,width]`
  /// @param height an eighth of the picture's
  /// @param width an eighth of the picture's
  /// @throws HubbleException.BadRequest if the sizes do not fit together, or a value is not a
  ///   number
  public static Latents of(float[] values, int count, int height, int width) {
    if (count < 1
        || height < 1
        || width < 1
        || values.length != (long) count * CHANNELS * height * width) {
      throw new HubbleException.BadRequest(
          "%d numbers cannot be latents [%d,4,%d,%d]."
              .formatted(values.length, count, height, width));
    }
    for (float v : values) {
      if (!Float.isFinite(v)) {
        throw new HubbleException.BadRequest("The latents hold %s.".formatted(v));
      }
    }
    return new Latents(values.clone(), count, height, width);
  }

  /// How many pictures.
  public int count() {
    return count;
  }

  /// An eighth of the pictures' height.
  public int height() {
    return height;
  }

  /// An eighth of the pictures' width.
  public int width() {
    return width;
  }

  /// The numbers, `[count,4,height,width]`, as a fresh array.
  public float[] values() {
    return values.clone();
  }

  /// Reads latents that [#write] or Python wrote: the tensor `latents`, `[N,4,h,w]` or `[4,h,w]`.
  ///
  /// @throws HubbleException.BadRequest if the file has none
  public static Latents read(Path file) {
    try (var store = Safetensors.open(file)) {
      var tensor = store.find(NAME);
      if (tensor == null) {
        throw new HubbleException.BadRequest(
            "%s has no tensor \"%s\"; it has %s."
                .formatted(file, NAME, store.names().isEmpty() ? "none" : store.names()));
      }
      long[] shape = tensor.shape();
      int rank = shape.length;
      if (rank < 3 || rank > 4 || shape[rank - 3] != CHANNELS) {
        throw new HubbleException.BadRequest(
            "%s: the tensor \"%s\" has shape %s; latents are [N,4,h,w]."
                .formatted(file, NAME, Arrays.toString(shape)));
      }
      float[] values = new float[Math.toIntExact(tensor.size())];
      tensor.read(0, values, 0, values.length);
      return of(
          values, rank == 4 ? (int) shape[0] : 1, (int) shape[rank - 2], (int) shape[rank - 1]);
    } catch (WeightsException | ArithmeticException e) {
      throw new HubbleException.BadRequest(
          "%s cannot be read: %s".formatted(file, e.getMessage()), e);
    }
  }

  /// Writes them to a safetensors file.
  ///
  /// @throws HubbleException if it cannot be written
  public void write(Path file) {
    StoredTensor tensor = MemoryTensors.of(NAME, values, count, CHANNELS, height, width);
    try {
      SafetensorsWriter.write(file, Map.of(NAME, tensor));
    } catch (WeightsException e) {
      throw new HubbleException(e.getMessage(), e);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Latents that
        && count == that.count
        && height == that.height
        && width == that.width
        && Arrays.equals(values, that.values);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(values) + height;
  }

  @Override
  public String toString() {
    return "Latents[%d,4,%d,%d]".formatted(count, height, width);
  }
}
