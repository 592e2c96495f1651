// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.data;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.hubble.weights.StoredTensor;
import dev.hubble.weights.StoredType;
import dev.hubble.weights.WeightsException;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/// A tensor whose elements lie side by side, little-endian, somewhere in a file.
public final class SegmentTensor implements StoredTensor {
  private final FileBytes bytes;
  private final String name;
  private final StoredType type;
  private final long[] shape;
  private final long size;
  private final long start;

  /// The tensor of `size` elements from byte `start` on; whoever calls has checked that they are
  /// there.
  public SegmentTensor(
      FileBytes bytes, String name, StoredType type, long[] shape, long size, long start) {
    this.bytes = bytes;
    this.name = name;
    this.type = type;
    this.shape = shape.clone();
    this.size = size;
    this.start = start;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String file() {
    return bytes.file();
  }

  @Override
  public StoredType type() {
    return type;
  }

  @Override
  public long[] shape() {
    return shape.clone();
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public void read(long offset, float[] into, int at, int count) {
    if (!type.isFloat()) {
      throw problem(
          "is stored as %s, not as floats; use a version of the model in F32, F16 or BF16");
    }
    Objects.checkFromIndexSize(offset, count, size);
    Objects.checkFromIndexSize(at, count, into.length);
    bytes.guarded(
        this, () -> FloatReader.read(bytes.segment(), type, position(offset), into, at, count));
  }

  @Override
  public void read(long offset, long[] into, int at, int count) {
    if (!type.isInteger()) {
      throw problem(
          "is stored as %s where integers were expected; check that it is the right file");
    }
    Objects.checkFromIndexSize(offset, count, size);
    Objects.checkFromIndexSize(at, count, into.length);
    bytes.guarded(
        this, () -> IntegerReader.read(bytes.segment(), type, position(offset), into, at, count));
    for (int i = at; type == StoredType.U64 && i < at + count; i++) {
      if (into[i] < 0) {
        throw problem("holds a %s beyond 9223372036854775807; no model that Hubble runs has one");
      }
    }
  }

  /// How many bytes the elements take.
  public long byteSize() {
    return size * type.bits() / 8;
  }

  /// Reads the bytes of the elements as they are.
  public void readBytes(long offset, byte[] into, int at, int count) {
    Objects.checkFromIndexSize(offset, count, byteSize());
    bytes.guarded(
        this,
        () -> MemorySegment.copy(bytes.segment(), JAVA_BYTE, start + offset, into, at, count));
  }

  @Override
  public void unload() {
    bytes.unload(start, byteSize());
  }

  private long position(long element) {
    return start + element * type.bytes();
  }

  private WeightsException problem(String what) {
    return FileBytes.problem(this, what);
  }
}
