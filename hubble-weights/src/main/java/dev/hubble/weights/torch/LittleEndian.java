// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.torch;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Unsigned numbers at any byte of a file.
final class LittleEndian {
  private static final ValueLayout.OfShort U16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfInt U32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfLong U64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(LITTLE_ENDIAN);

  private LittleEndian() {}

  static int u16(MemorySegment bytes, long at) {
    return Short.toUnsignedInt(bytes.get(U16, at));
  }

  static long u32(MemorySegment bytes, long at) {
    return Integer.toUnsignedLong(bytes.get(U32, at));
  }

  /// Negative from 2^63 on, which no file reaches.
  static long u64(MemorySegment bytes, long at) {
    return bytes.get(U64, at);
  }
}
