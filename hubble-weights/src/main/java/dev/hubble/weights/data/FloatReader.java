// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.data;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.hubble.weights.StoredType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Reads stored floating-point numbers as float.
///
/// The data of older files begins at any byte, hence the unaligned layouts. Formats that need
/// converting go through a small array: the copy into it stays in the first-level cache, and the
/// loop from array to array is one that the JIT turns into vector instructions, whatever kind of
/// memory the segment is.
final class FloatReader {
  private static final ValueLayout.OfFloat F32 = JAVA_FLOAT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfShort HALF = JAVA_SHORT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfDouble F64 = JAVA_DOUBLE_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final int CHUNK = 4096;

  private FloatReader() {}

  /// Reads `count` elements from byte `from` on.
  static void read(
      MemorySegment data, StoredType type, long from, float[] into, int at, int count) {
    switch (type) {
      case F32 -> MemorySegment.copy(data, F32, from, into, at, count);
      case F16 -> f16(data, from, into, at, count);
      case BF16 -> bf16(data, from, into, at, count);
      case F64 -> f64(data, from, into, at, count);
      default -> throw new IllegalArgumentException(type + " holds no floats");
    }
  }

  private static void f16(MemorySegment data, long from, float[] into, int at, int count) {
    short[] chunk = new short[Math.min(count, CHUNK)];
    for (int done = 0; done < count; done += CHUNK) {
      int n = Math.min(count - done, CHUNK);
      MemorySegment.copy(data, HALF, from + 2L * done, chunk, 0, n);
      for (int i = 0; i < n; i++) {
        into[at + done + i] = Float.float16ToFloat(chunk[i]);
      }
    }
  }

  private static void bf16(MemorySegment data, long from, float[] into, int at, int count) {
    short[] chunk = new short[Math.min(count, CHUNK)];
    for (int done = 0; done < count; done += CHUNK) {
      int n = Math.min(count - done, CHUNK);
      MemorySegment.copy(data, HALF, from + 2L * done, chunk, 0, n);
      for (int i = 0; i < n; i++) {
        into[at + done + i] = Float.intBitsToFloat(chunk[i] << 16);
      }
    }
  }

  private static void f64(MemorySegment data, long from, float[] into, int at, int count) {
    double[] chunk = new double[Math.min(count, CHUNK)];
    for (int done = 0; done < count; done += CHUNK) {
      int n = Math.min(count - done, CHUNK);
      MemorySegment.copy(data, F64, from + 8L * done, chunk, 0, n);
      for (int i = 0; i < n; i++) {
        into[at + done + i] = (float) chunk[i];
      }
    }
  }
}
