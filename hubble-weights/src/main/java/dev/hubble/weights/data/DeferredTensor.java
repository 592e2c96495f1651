// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.data;

import dev.hubble.weights.StoredTensor;
import dev.hubble.weights.StoredType;
import java.util.Objects;
import java.util.function.Supplier;

/// A tensor whose bytes must be made before they can be read, because they are compressed.
public final class DeferredTensor implements StoredTensor {
  private final FileBytes bytes;
  private final String name;
  private final StoredType type;
  private final long[] shape;
  private final long size;
  private final Supplier<StoredTensor> source;

  /// @param bytes the file in which the compressed bytes lie
  /// @param source gives the tensor itself, for as long as one read takes
  public DeferredTensor(
      FileBytes bytes,
      String name,
      StoredType type,
      long[] shape,
      long size,
      Supplier<StoredTensor> source) {
    this.bytes = bytes;
    this.name = name;
    this.type = type;
    this.shape = shape.clone();
    this.size = size;
    this.source = source;
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
    Objects.checkFromIndexSize(offset, count, size);
    bytes.guarded(this, () -> source.get().read(offset, into, at, count));
  }

  @Override
  public void read(long offset, long[] into, int at, int count) {
    Objects.checkFromIndexSize(offset, count, size);
    bytes.guarded(this, () -> source.get().read(offset, into, at, count));
  }
}
