// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.torch;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.hubble.weights.WeightsException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/// The bytes of a pickle, front to back. Nothing is read beyond its end, and no length in it is
/// believed before the bytes are there.
final class PickleInput {
  private static final ValueLayout.OfDouble BIG_ENDIAN_F64 =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  /// Texts in checkpoints are names, and the notes of whoever trained them.
  private static final int LONGEST_TEXT = 1 << 24;

  private static final int LONGEST_SYMBOL = 1024;

  private final String file;
  private final MemorySegment bytes;
  private final long begin;
  private long at;

  /// Reads from byte `from` on.
  PickleInput(String file, MemorySegment bytes, long from) {
    this.file = file;
    this.bytes = bytes;
    this.begin = from;
    this.at = from;
  }

  /// How far into the pickle the next byte is.
  long position() {
    return at - begin;
  }

  /// Where in the file the next byte is.
  long end() {
    return at;
  }

  /// An error, with the place where the reading is.
  WeightsException broken(String problem) {
    return Broken.file(file, "at byte %d of its pickle %s".formatted(position(), problem));
  }

  private long take(long count) {
    if (count < 0 || count > bytes.byteSize() - at) {
      throw broken("it is cut short");
    }
    long here = at;
    at += count;
    return here;
  }

  int u8() {
    return Byte.toUnsignedInt(bytes.get(JAVA_BYTE, take(1)));
  }

  int u16() {
    return LittleEndian.u16(bytes, take(2));
  }

  int i32() {
    return (int) LittleEndian.u32(bytes, take(4));
  }

  long u32() {
    return LittleEndian.u32(bytes, take(4));
  }

  long u64() {
    return LittleEndian.u64(bytes, take(8));
  }

  double f64() {
    return bytes.get(BIG_ENDIAN_F64, take(8));
  }

  /// A whole number of up to 255 bytes: a `Long` if it fits.
  Number longInteger() {
    int size = u8();
    byte[] raw = bytes.asSlice(take(size), size).toArray(JAVA_BYTE);
    for (int i = 0; i < size / 2; i++) {
      byte swap = raw[i];
      raw[i] = raw[size - 1 - i];
      raw[size - 1 - i] = swap;
    }
    BigInteger value = size == 0 ? BigInteger.ZERO : new BigInteger(raw);
    return value.bitLength() < Long.SIZE ? (Number) value.longValue() : value;
  }

  void skip(long size) {
    take(size);
  }

  /// A text of `size` bytes of UTF-8.
  String text(long size) {
    if (size < 0 || size > LONGEST_TEXT) {
      throw broken("a text is said to have %s bytes".formatted(Long.toUnsignedString(size)));
    }
    byte[] raw = bytes.asSlice(take(size), size).toArray(JAVA_BYTE);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(raw)).toString();
    } catch (CharacterCodingException e) {
      throw broken("a text is not UTF-8");
    }
  }

  /// A text of Python 2, of `size` bytes that mean what they mean.
  String byteText(long size) {
    byte[] raw = bytes.asSlice(take(size), size).toArray(JAVA_BYTE);
    return new String(raw, StandardCharsets.ISO_8859_1);
  }

  /// The rest of a line: half the name of a symbol.
  String line() {
    long start = at;
    long last = Math.min(bytes.byteSize(), start + LONGEST_SYMBOL);
    for (long i = start; i < last; i++) {
      if (bytes.get(JAVA_BYTE, i) == '\n') {
        String line = text(i - start);
        take(1);
        return line;
      }
    }
    throw broken("a symbol has no end");
  }
}
