// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.safetensors;

import dev.hubble.weights.StoredTensor;
import dev.hubble.weights.StoredType;
import dev.hubble.weights.data.Formats;
import dev.hubble.weights.data.SegmentTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// Turns tensors into the bytes of a file, a piece at a time. A tensor that comes from a file goes
/// over as it is, whatever its type; any other is read as numbers.
public final class TensorEncoder {
  private static final int PIECE = 1 << 16;

  private final byte[] bytes = new byte[PIECE * 8];
  private final ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  private final float[] floats = new float[PIECE];
  private final long[] integers = new long[PIECE];

  /// How many pieces a tensor has.
  public long pieces(StoredTensor tensor) {
    return (unitCount(tensor) + PIECE - 1) / PIECE;
  }

  /// The bytes of one piece, valid until the next call.
  public ByteBuffer encode(StoredTensor tensor, long piece) {
    long from = piece * PIECE;
    int count = (int) Math.min(PIECE, unitCount(tensor) - from);
    buffer.clear();
    if (tensor instanceof SegmentTensor stored) {
      stored.readBytes(from, bytes, 0, count);
      buffer.position(count);
    } else if (tensor.type().isFloat()) {
      tensor.read(from, floats, 0, count);
      putFloats(tensor.type(), count);
    } else {
      tensor.read(from, integers, 0, count);
      putIntegers(tensor.type(), count);
    }
    return buffer.flip();
  }

  private static long unitCount(StoredTensor tensor) {
    return tensor instanceof SegmentTensor stored ? stored.byteSize() : tensor.size();
  }

  private void putFloats(StoredType type, int count) {
    for (int i = 0; i < count; i++) {
      float value = floats[i];
      switch (type) {
        case F16 -> buffer.putShort(Float.floatToFloat16(value));
        case BF16 -> buffer.putShort(Formats.toBf16(value));
        case F64 -> buffer.putDouble(value);
        default -> buffer.putFloat(value);
      }
    }
  }

  private void putIntegers(StoredType type, int count) {
    for (int i = 0; i < count; i++) {
      long value = integers[i];
      switch (type.bytes()) {
        case 1 -> buffer.put((byte) value);
        case 2 -> buffer.putShort((short) value);
        case 4 -> buffer.putInt((int) value);
        default -> buffer.putLong(value);
      }
    }
  }
}
