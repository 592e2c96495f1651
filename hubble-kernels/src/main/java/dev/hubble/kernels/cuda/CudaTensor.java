// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import dev.hubble.kernels.DType;
import dev.hubble.kernels.Shape;
import dev.hubble.kernels.Tensor;
import org.jspecify.annotations.Nullable;

/// A tensor on the GPU: `shape.size()` consecutive elements, row-major. Several tensors may view
/// one block of memory.
final class CudaTensor implements Tensor {
  /// A block of memory and how many tensors view it.
  static final class Storage {
    final DeviceMemory.Block block;
    int views;

    Storage(DeviceMemory.Block block) {
      this.block = block;
    }
  }

  private final CudaOps ops;
  private final Shape shape;
  private final DType dtype;
  private final long offset; // bytes
  // Null once the tensor's scope has ended.
  private @Nullable Storage storage;
  // Null if the tensor lives as long as its backend.
  @Nullable CudaScope scope;

  CudaTensor(
      CudaOps ops,
      Shape shape,
      DType dtype,
      Storage storage,
      long offset,
      @Nullable CudaScope scope) {
    this.ops = ops;
    this.shape = shape;
    this.dtype = dtype;
    this.storage = storage;
    this.offset = offset;
    this.scope = scope;
    storage.views++;
  }

  @Override
  public CudaOps ops() {
    return ops;
  }

  @Override
  public Shape shape() {
    return shape;
  }

  @Override
  public DType dtype() {
    return dtype;
  }

  /// Where the first element is.
  long address() {
    return storage().block.address() + offset;
  }

  /// Where the first element is in its block.
  long offset() {
    return offset;
  }

  /// The number of elements.
  long size() {
    return shape.size();
  }

  /// How many bytes the elements take.
  long bytes() {
    return shape.size() * dtype.bytes();
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

  /// Ends this tensor's life; returns its memory if no other tensor views it.
  DeviceMemory.@Nullable Block recycle() {
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
