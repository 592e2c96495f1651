// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.data;

import dev.hubble.weights.StoredType;

/// Rounding to the narrower number formats.
public final class Formats {
  private Formats() {}

  /// The nearest number that half precision has, as a float; ties go to even.
  public static float roundToF16(float value) {
    return Float.float16ToFloat(Float.floatToFloat16(value));
  }

  /// The nearest number that bfloat16 has, as a float; ties go to even.
  public static float roundToBf16(float value) {
    return Float.intBitsToFloat(toBf16(value) << 16);
  }

  /// The bits of the nearest bfloat16: the upper half of a float. A NaN is made quiet, since the
  /// bits that are cut off may be all that makes it one.
  public static short toBf16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) ((bits >>> 16) | 0x40);
    }
    int lowestKept = (bits >>> 16) & 1;
    return (short) ((bits + 0x7FFF + lowestKept) >>> 16);
  }

  /// Whether an integer format has this number.
  public static boolean fits(long value, StoredType type) {
    return switch (type) {
      case BOOL -> value >= 0 && value <= 1;
      case U8 -> value >= 0 && value <= 0xFF;
      case U16 -> value >= 0 && value <= 0xFFFF;
      case U32 -> value >= 0 && value <= 0xFFFF_FFFFL;
      case U64 -> value >= 0;
      case I8 -> value == (byte) value;
      case I16 -> value == (short) value;
      case I32 -> value == (int) value;
      case I64 -> true;
      default -> false;
    };
  }
}
