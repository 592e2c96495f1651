// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu;

import dev.hubble.kernels.DType;

/// The numbers of a packed weight, in float or in half the memory.
///
/// Half-precision numbers become floats again a block at a time, just before a kernel multiplies
/// with them: a block serves so many rows that this hardly costs time. Making floats of them is
/// exact, so results are those of float weights that were rounded once.
final class PackedNumbers {
  private final DType type;
  private final float[] floats;
  private final short[] halves;

  PackedNumbers(DType type, int length) {
    this.type = type;
    floats = new float[type == DType.F32 ? length : 0];
    halves = new short[type == DType.F32 ? 0 : length];
  }

  int length() {
    return floats.length + halves.length;
  }

  long bytes() {
    return (long) type.bytes() * length();
  }

  /// All numbers, if they are floats; else an empty array.
  float[] floats() {
    return floats;
  }

  /// Whether they must be unpacked before use.
  boolean packed() {
    return type != DType.F32;
  }

  /// Stores `count` numbers from element `at` on, rounded to the nearest, ties to even.
  void set(int at, float[] from, int count) {
    switch (type) {
      case F32 -> System.arraycopy(from, 0, floats, at, count);
      case F16 -> {
        for (int i = 0; i < count; i++) {
          halves[at + i] = Float.floatToFloat16(from[i]);
        }
      }
      case BF16 -> {
        for (int i = 0; i < count; i++) {
          halves[at + i] = toBfloat16(from[i]);
        }
      }
    }
  }

  /// Makes floats of `count` numbers from element `at` on.
  void get(int at, float[] into, int count) {
    switch (type) {
      case F32 -> System.arraycopy(floats, at, into, 0, count);
      case F16 -> {
        for (int i = 0; i < count; i++) {
          into[i] = Float.float16ToFloat(halves[at + i]);
        }
      }
      case BF16 -> {
        for (int i = 0; i < count; i++) {
          into[i] = Float.intBitsToFloat(halves[at + i] << 16);
        }
      }
    }
  }

  private static short toBfloat16(float x) {
    int bits = Float.floatToRawIntBits(x);
    if (Float.isNaN(x)) {
      return (short) (bits >>> 16 | 0x40); // stays one, whatever bits are cut off
    }
    return (short) ((bits + 0x7fff + (bits >>> 16 & 1)) >>> 16);
  }
}
