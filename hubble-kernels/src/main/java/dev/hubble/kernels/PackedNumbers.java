// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels;

import dev.hubble.kernels.heap.CacheLine;

/// Numbers on the host, in float or in half the memory.
///
/// Those in half precision become floats again a block at a time, just before they are used: a
/// block of a weight serves so many rows that this hardly costs time. Making floats of them is
/// exact, so results are those of floats that were rounded once.
public final class PackedNumbers {
  private final DType type;
  private final int length;
  private final float[] floats;
  private final short[] halves;

  /// Room for `length` numbers of the format `type`, all 0.
  public PackedNumbers(DType type, int length) {
    this.type = type;
    this.length = length;
    floats = type == DType.F32 ? CacheLine.array(length) : new float[0];
    halves = new short[type == DType.F32 ? 0 : length];
  }

  /// How many there are.
  public int length() {
    return length;
  }

  /// What they take in memory.
  public long bytes() {
    return (long) type.bytes() * length();
  }

  /// All numbers from element [CacheLine#FIRST] on, if they are floats; else an empty array.
  public float[] floats() {
    return floats;
  }

  /// Whether they must be unpacked before use.
  public boolean packed() {
    return type != DType.F32;
  }

  /// Stores `count` numbers from element `at` on, rounded to the nearest, ties to even.
  public void set(int at, float[] from, int count) {
    set(at, from, 0, count);
  }

  /// The same, of `from[fromAt..]`.
  public void set(int at, float[] from, int fromAt, int count) {
    switch (type) {
      case F32 -> System.arraycopy(from, fromAt, floats, CacheLine.FIRST + at, count);
      case F16 -> {
        for (int i = 0; i < count; i++) {
          halves[at + i] = Float.floatToFloat16(from[fromAt + i]);
        }
      }
      case BF16 -> {
        for (int i = 0; i < count; i++) {
          halves[at + i] = toBfloat16(from[fromAt + i]);
        }
      }
    }
  }

  /// Makes floats of `count` numbers from element `at` on.
  public void get(int at, float[] into, int count) {
    get(at, into, 0, count);
  }

  /// The same, into `into[intoAt..]`.
  public void get(int at, float[] into, int intoAt, int count) {
    switch (type) {
      case F32 -> System.arraycopy(floats, CacheLine.FIRST + at, into, intoAt, count);
      case F16 -> {
        for (int i = 0; i < count; i++) {
          into[intoAt + i] = Float.float16ToFloat(halves[at + i]);
        }
      }
      case BF16 -> {
        for (int i = 0; i < count; i++) {
          into[intoAt + i] = Float.intBitsToFloat(halves[at + i] << 16);
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
