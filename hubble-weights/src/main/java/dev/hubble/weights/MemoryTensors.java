// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.hubble.weights.data.FileBytes;
import dev.hubble.weights.data.SegmentTensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Tensors made from arrays, to be written to a file. The values are copied, outside the heap.
public final class MemoryTensors {
  private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG.withOrder(LITTLE_ENDIAN);

  private MemoryTensors() {}

  /// A tensor of type F32; [StoredTensor#as] makes it narrower.
  public static StoredTensor of(String name, float[] values, long... shape) {
    MemorySegment copy = Arena.ofAuto().allocate(F32.byteSize() * values.length, 8);
    MemorySegment.copy(values, 0, copy, F32, 0, values.length);
    return tensor(name, StoredType.F32, copy, values.length, shape);
  }

  /// A tensor of type I64; [StoredTensor#as] makes it narrower.
  public static StoredTensor of(String name, long[] values, long... shape) {
    MemorySegment copy = Arena.ofAuto().allocate(I64.byteSize() * values.length, 8);
    MemorySegment.copy(values, 0, copy, I64, 0, values.length);
    return tensor(name, StoredType.I64, copy, values.length, shape);
  }

  private static StoredTensor tensor(
      String name, StoredType type, MemorySegment data, long size, long[] shape) {
    long product = 1;
    for (long side : shape) {
      product = Math.multiplyExact(product, side);
    }
    if (product != size) {
      throw new IllegalArgumentException(
          "the shape of " + name + " has " + product + " elements, not " + size);
    }
    return new SegmentTensor(FileBytes.of("memory", data), name, type, shape, size, 0);
  }
}
