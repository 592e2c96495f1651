// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights;

/// Another tensor, seen with some difference: what an implementation does not say itself is as in
/// the tensor behind it.
public interface TensorView extends StoredTensor {
  /// The tensor behind this one.
  StoredTensor source();

  @Override
  default String name() {
    return source().name();
  }

  @Override
  default String file() {
    return source().file();
  }

  @Override
  default StoredType type() {
    return source().type();
  }

  @Override
  default long[] shape() {
    return source().shape();
  }

  @Override
  default long size() {
    return source().size();
  }

  @Override
  default void read(long offset, float[] into, int at, int count) {
    source().read(offset, into, at, count);
  }

  @Override
  default void read(long offset, long[] into, int at, int count) {
    source().read(offset, into, at, count);
  }

  @Override
  default void unload() {
    source().unload();
  }
}
