// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.torch;

import dev.hubble.weights.StoredTensor;
import dev.hubble.weights.WeightsException;
import dev.hubble.weights.data.DeferredTensor;
import dev.hubble.weights.data.FileBytes;
import dev.hubble.weights.data.Quoted;
import dev.hubble.weights.data.SegmentTensor;
import dev.hubble.weights.data.StridedTensor;
import dev.hubble.weights.torch.Archive.Numbers;
import dev.hubble.weights.torch.Values.Storage;
import dev.hubble.weights.torch.Values.TensorView;

/// Makes tensors of views: checks that a storage is as long as it is said to be, and that a view
/// does not reach beyond it.
final class TensorMaker {
  private final FileBytes file;
  private final Archive archive;

  TensorMaker(FileBytes file, Archive archive) {
    this.file = file;
    this.archive = archive;
  }

  StoredTensor make(String name, TensorView view) {
    Storage storage = view.storage();
    int width = Dtypes.bytes(storage.className());
    Numbers numbers = archive.find(storage);
    if (numbers == null) {
      throw broken(name, "its storage %s is missing".formatted(Quoted.of(storage.key())));
    }
    if (numbers.size() / width != storage.elements() || numbers.size() % width != 0) {
      throw broken(
          name,
          "its storage %s has %d bytes, not %d elements of %d"
              .formatted(Quoted.of(storage.key()), numbers.size(), storage.elements(), width));
    }
    long[] shape = view.shape().stream().mapToLong(Long::longValue).toArray();
    long[] strides = view.strides().stream().mapToLong(Long::longValue).toArray();
    // An untyped storage counts bytes, its views elements.
    long room = storage.count() * width / view.type().bytes();
    long size = checkedSize(name, view, shape, strides, room);
    long skipped = storage.from() * width + view.first() * view.type().bytes();
    if (numbers.packed()) {
      return new DeferredTensor(
          file,
          name,
          view.type(),
          shape,
          size,
          () -> tensor(numbers, name, view, shape, strides, size, skipped));
    }
    return tensor(numbers, name, view, shape, strides, size, skipped);
  }

  private static StoredTensor tensor(
      Numbers numbers,
      String name,
      TensorView view,
      long[] shape,
      long[] strides,
      long size,
      long skipped) {
    long start = numbers.start() + skipped;
    return size == 0 || StridedTensor.contiguous(shape, strides)
        ? new SegmentTensor(numbers.bytes(), name, view.type(), shape, size, start)
        : new StridedTensor(numbers.bytes(), name, view.type(), shape, strides, start);
  }

  private long checkedSize(String name, TensorView view, long[] shape, long[] strides, long room) {
    long size = 1;
    long last = view.first();
    try {
      for (int axis = 0; axis < shape.length; axis++) {
        size = Math.multiplyExact(size, shape[axis]);
        last = Math.addExact(last, Math.multiplyExact(Math.max(0, shape[axis] - 1), strides[axis]));
      }
    } catch (ArithmeticException e) {
      throw broken(name, "its shape has too many elements to count");
    }
    if (size == 0 ? view.first() > room : last >= room) {
      throw broken(name, "it reaches beyond its storage of %d elements".formatted(room));
    }
    // Else a few bytes could claim to be a tensor of any size.
    if (size > room) {
      throw broken(
          name, "it repeats the elements of its storage to %d of %d".formatted(size, room));
    }
    return size;
  }

  private WeightsException broken(String name, String problem) {
    return Broken.tensor(file.file(), name, problem);
  }
}
