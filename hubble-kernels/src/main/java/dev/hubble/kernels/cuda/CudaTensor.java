// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import dev.hubble.kernels.DType;
import dev.hubble.kernels.Shape;
import dev.hubble.kernels.Tensor;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A tensor on the GPU: `shape.size()` consecutive elements, row-major. Several tensors may view
/// one block of memory.
///
/// What two tensors side by side are, is written down only when somebody wants it in one piece:
/// until then such a tensor is its two sides, which the operations that follow a skip connection
/// read as they are.
final class CudaTensor implements Tensor {
  /// A block of memory and how many tensors view it.
  static final class Storage {
    final DeviceMemory.Block block;
    @Nullable Moments moments; // of the image in it
    int views;

    Storage(DeviceMemory.Block block) {
      this.block = block;
    }
  }

  /// Two tensors side by side on their last axis.
  record Sides(CudaTensor left, CudaTensor right) {}

  private final CudaOps ops;
  private final Shape shape;
  private final DType dtype;
  private final long offset; // bytes
  // Null once the tensor's scope has ended, and as long as it has two sides.
  private @Nullable Storage storage;
  private @Nullable Sides sides;
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

  /// A tensor of two sides, which are its own: views that no scope knows.
  CudaTensor(CudaOps ops, Shape shape, Sides sides, @Nullable CudaScope scope) {
    this.ops = ops;
    this.shape = shape;
    this.dtype = ops.sums();
    this.sides = sides;
    this.offset = 0;
    this.scope = scope;
  }

  /// The same numbers for another tensor, that ends when that one does.
  CudaTensor view() {
    return new CudaTensor(ops, shape, dtype, storage(), offset, null);
  }

  /// The two tensors that this one is still, or null if its elements are consecutive.
  @Nullable Sides sides() {
    return sides;
  }

  /// From now on the elements are consecutive.
  void unite(Storage whole, Consumer<DeviceMemory.Block> recycler) {
    recycle(recycler);
    storage = whole;
    whole.views++;
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

  /// Where the moments of this image are, for a kernel that writes them or one that reads them; 0
  /// if it has none.
  long moments() {
    var known = storage().moments;
    return known == null ? 0 : known.of(shape, offset / dtype.bytes());
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
    checkAlive();
    return Objects.requireNonNull(storage);
  }

  void checkAlive() {
    ops.checkOpen();
    if (storage == null && sides == null) {
      throw new IllegalStateException(
          "The tensor "
              + shape
              + " was recycled when its scope ended. Pass a tensor to Scope.keep to use it later.");
    }
  }

  /// Ends this tensor's life; gives its memory to `recycler` if no other tensor views it.
  void recycle(Consumer<DeviceMemory.Block> recycler) {
    var s = storage;
    storage = null;
    if (s != null && --s.views == 0) {
      recycler.accept(s.block);
    }
    var both = sides;
    sides = null;
    if (both != null) {
      both.left.recycle(recycler);
      both.right.recycle(recycler);
    }
  }

  @Override
  public String toString() {
    return "Tensor" + shape + " on " + ops.device();
  }
}
