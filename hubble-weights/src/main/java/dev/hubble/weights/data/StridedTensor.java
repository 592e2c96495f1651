// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.data;

import dev.hubble.weights.StoredTensor;
import dev.hubble.weights.StoredType;
import java.util.Objects;

/// A tensor whose elements lie apart in the file, as those of a transposed matrix do. They are
/// gathered when they are read, so it takes no memory of its own.
public final class StridedTensor implements StoredTensor {
  private final FileBytes bytes;
  private final String name;
  private final StoredType type;
  private final long[] shape;
  private final long[] strides;
  private final long size;
  private final long start;

  /// The tensor whose first element begins at byte `start`; `strides` counts elements. Whoever
  /// calls has checked that all elements are there.
  public StridedTensor(
      FileBytes bytes, String name, StoredType type, long[] shape, long[] strides, long start) {
    this.bytes = bytes;
    this.name = name;
    this.type = type;
    this.shape = shape.clone();
    this.strides = strides.clone();
    this.start = start;
    long product = 1;
    for (long side : shape) {
      product *= side;
    }
    this.size = product;
  }

  /// Whether elements of this shape and these strides lie side by side, so that a [SegmentTensor]
  /// can read them. The stride along an axis of one element says nothing.
  public static boolean contiguous(long[] shape, long[] strides) {
    long expected = 1;
    for (int axis = shape.length - 1; axis >= 0; axis--) {
      if (shape[axis] != 1 && strides[axis] != expected) {
        return false;
      }
      expected *= shape[axis];
    }
    return true;
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
      throw FileBytes.problem(
          this, "is stored as %s, not as floats; use a version of the model in F32, F16 or BF16");
    }
    Objects.checkFromIndexSize(at, count, into.length);
    gather(
        offset,
        count,
        (from, done, run) -> FloatReader.read(bytes.segment(), type, from, into, at + done, run));
  }

  @Override
  public void read(long offset, long[] into, int at, int count) {
    if (!type.isInteger()) {
      throw FileBytes.problem(
          this, "is stored as %s where integers were expected; check that it is the right file");
    }
    Objects.checkFromIndexSize(at, count, into.length);
    gather(
        offset,
        count,
        (from, done, run) -> IntegerReader.read(bytes.segment(), type, from, into, at + done, run));
  }

  /// Reads `run` elements side by side from byte `from` on, as the elements number `done` and
  /// following of what was asked for.
  private interface Run {
    void read(long from, int done, int run);
  }

  private void gather(long offset, int count, Run reader) {
    Objects.checkFromIndexSize(offset, count, size);
    if (count > 0) {
      bytes.guarded(this, () -> runs(offset, count, reader));
    }
  }

  private void runs(long offset, int count, Run reader) {
    int last = shape.length - 1;
    long[] index = new long[shape.length];
    long rest = offset;
    long element = 0;
    for (int axis = last; axis >= 0; axis--) {
      index[axis] = rest % shape[axis];
      rest /= shape[axis];
      element += index[axis] * strides[axis];
    }
    for (int done = 0; done < count; ) {
      // Along the last axis neighbours may lie side by side.
      long left = shape[last] - index[last];
      int run = strides[last] == 1 ? (int) Math.min(left, count - done) : 1;
      reader.read(start + element * type.bytes(), done, run);
      done += run;
      index[last] += run;
      element += run * strides[last];
      for (int axis = last; axis > 0 && index[axis] == shape[axis]; axis--) {
        element += strides[axis - 1] - index[axis] * strides[axis];
        index[axis] = 0;
        index[axis - 1]++;
      }
    }
  }
}
