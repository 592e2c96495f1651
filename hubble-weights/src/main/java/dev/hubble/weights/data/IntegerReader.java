// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.data;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.hubble.weights.StoredType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Reads stored integers as long. Weight files hold few of them, so this is plain.
final class IntegerReader {
  private static final ValueLayout.OfShort I16 = JAVA_SHORT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfInt I32 = JAVA_INT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfLong I64 = JAVA_LONG_UNALIGNED.withOrder(LITTLE_ENDIAN);

  private IntegerReader() {}

  /// Reads `count` elements from byte `from` on. A U64 above the range of long comes out negative.
  static void read(MemorySegment data, StoredType type, long from, long[] into, int at, int count) {
    for (int i = 0; i < count; i++) {
      long here = from + (long) i * type.bytes();
      into[at + i] =
          switch (type) {
            case BOOL -> data.get(JAVA_BYTE, here) == 0 ? 0 : 1;
            case I8 -> data.get(JAVA_BYTE, here);
            case U8 -> Byte.toUnsignedLong(data.get(JAVA_BYTE, here));
            case I16 -> data.get(I16, here);
            case U16 -> Short.toUnsignedLong(data.get(I16, here));
            case I32 -> data.get(I32, here);
            case U32 -> Integer.toUnsignedLong(data.get(I32, here));
            case I64, U64 -> data.get(I64, here);
            default -> throw new IllegalArgumentException(type + " holds no integers");
          };
    }
  }
}
