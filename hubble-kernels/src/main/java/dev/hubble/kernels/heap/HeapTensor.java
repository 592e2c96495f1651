// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.heap;

import dev.hubble.kernels.DType;
import dev.hubble.kernels.Shape;
import dev.hubble.kernels.Tensor;
import org.jspecify.annotations.Nullable;

/// A tensor in a Java array: `size` consecutive elements, row-major, from `offset` on. Several
/// tensors may view one block of it, and others lie beside it.
public final class HeapTensor implements Tensor {
  /// A block and how many tensors view it.
  static final class Storage {
    // Replaced if a tensor is kept beyond every scope.
    Block block;
    int views;
    // Kept beyond every scope: never recycled.
    boolean everlasting;

    Storage(Block block) {
      this.block = block;
    }
  }

  private final HeapOps ops;
  private final Shape shape;
  private final int start; // in its block
  private final int size;
  // Null once the tensor's scope has ended.
  private @Nullable Storage storage;
  // Null if the tensor lives as long as its backend.
  @Nullable HeapScope scope;

  HeapTensor(
      HeapOps ops, Shape shape, Storage storage, int start, int size, @Nullable HeapScope scope) {
    this.ops = ops;
    this.shape = shape;
    this.storage = storage;
    this.start = start;
    this.size = size;
    this.scope = scope;
    storage.views++;
  }

  @Override
  public HeapOps ops() {
    return ops;
  }

  @Override
  public Shape shape() {
    return shape;
  }

  @Override
  public DType dtype() {
    return DType.F32;
  }

  /// The array that holds the elements.
  ///
  /// @throws IllegalStateException if the tensor's scope has ended or its backend is closed
  public float[] data() {
    return storage().block.data();
  }

  /// Where in [#data] the first element is.
  public int offset() {
    return storage().block.offset() + start;
  }

  /// How many elements of its block lie before it.
  int start() {
    return start;
  }

  /// The number of elements.
  public int size() {
    return size;
  }

  Storage storage() {
    ops.checkOpen();
    var s = storage;
    if (s == null) {
      throw new IllegalStateException(
          "The tensor "
              + shape
              + " was recycled when its scope ended. Pass a tensor to Scope.keep to use it later.");
    }
    return s;
  }

  /// Ends this tensor's life; returns its block if no other tensor views it.
  @Nullable Block recycle() {
    var s = storage;
    storage = null;
    if (s == null) {
      return null;
    }
    s.views--;
    return s.views == 0 ? s.block : null;
  }

  @Override
  public String toString() {
    return "Tensor" + shape + " on " + ops.device();
  }
}
