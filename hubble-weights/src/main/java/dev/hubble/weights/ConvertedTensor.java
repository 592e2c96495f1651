// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights;

import dev.hubble.weights.data.Formats;
import dev.hubble.weights.data.Quoted;

/// A tensor seen through another number format.
///
/// A finite weight that overflows is an error, because the infinity it would become turns every
/// picture black without a word.
record ConvertedTensor(StoredTensor source, StoredType type) implements TensorView {
  ConvertedTensor {
    boolean floats = source.type().isFloat() && type.isFloat();
    boolean integers = source.type().isInteger() && type.isInteger();
    if (!floats && !integers) {
      throw new WeightsException(
          "%s: tensor %s is stored as %s and cannot be converted to %s; choose a format of the same kind."
              .formatted(source.file(), Quoted.of(source.name()), source.type(), type));
    }
  }

  @Override
  public void read(long offset, float[] into, int at, int count) {
    source.read(offset, into, at, count);
    if (type != StoredType.F16 && type != StoredType.BF16) {
      return;
    }
    for (int i = at; i < at + count; i++) {
      float rounded =
          type == StoredType.F16 ? Formats.roundToF16(into[i]) : Formats.roundToBf16(into[i]);
      if (Float.isInfinite(rounded) && !Float.isInfinite(into[i])) {
        throw tooLarge(Float.toString(into[i]), "F32");
      }
      into[i] = rounded;
    }
  }

  @Override
  public void read(long offset, long[] into, int at, int count) {
    source.read(offset, into, at, count);
    for (int i = at; i < at + count; i++) {
      if (!Formats.fits(into[i], type)) {
        throw tooLarge(Long.toString(into[i]), "I64");
      }
    }
  }

  private WeightsException tooLarge(String value, String wide) {
    return new WeightsException(
        "%s: tensor %s holds %s, which does not fit in %s; keep this model in %s or %s."
            .formatted(file(), Quoted.of(name()), value, type, source.type(), wide));
  }
}
