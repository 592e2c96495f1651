// SPDX-License-Identifier: Apache-2.0
package dev.hubble.nn;

import dev.hubble.HubbleException;
import dev.hubble.kernels.DType;
import dev.hubble.kernels.HostTensor;
import dev.hubble.kernels.Ops;
import dev.hubble.kernels.Shape;
import dev.hubble.kernels.Tensor;
import dev.hubble.kernels.Weight;
import dev.hubble.weights.StoredTensor;
import dev.hubble.weights.TensorStore;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// A cursor over a model's weights. `at` walks down the key (`at("down_blocks").at(1)`), the other
/// methods read one tensor, check its shape and hand it to the backend.
///
/// A tensor that is missing or misshapen is an error that names it; [#finish] makes one of every
/// tensor that nobody asked for. So a model that loads has exactly the weights of its architecture.
public final class Params {
  private final Root root;
  private final String path;
  private final int side;

  private record Root(
      TensorStore store, Ops ops, Consumer<StoredTensor> read, Packed packed, Set<String> unread) {}

  private Params(Root root, String path, int side) {
    this.root = root;
    this.path = path;
    this.side = side;
  }

  /// A cursor at the top of `store`, whose tensors have their diffusers names.
  public static Params of(TensorStore store, Ops ops) {
    return of(store, ops, _ -> {});
  }

  /// A cursor at the top of `store`; `read` hears of each tensor before the backend gets it.
  public static Params of(TensorStore store, Ops ops, Consumer<StoredTensor> read) {
    return of(store, ops, read, new Packed());
  }

  /// A cursor that takes from `packed` what is there, and adds to it what it reads.
  public static Params of(TensorStore store, Ops ops, Consumer<StoredTensor> read, Packed packed) {
    return new Params(new Root(store, ops, read, packed, new TreeSet<>(store.names())), "", 0);
  }

  /// Whether `key` is one of the keys `parts` or below one; true if there are no parts.
  public static boolean isBelow(String key, String... parts) {
    return parts.length == 0
        || Arrays.stream(parts).anyMatch(part -> key.equals(part) || key.startsWith(part + "."));
  }

  /// The backend that the weights go to.
  public Ops ops() {
    return root.ops;
  }

  /// The part of the key walked so far: `down_blocks.1`.
  public String path() {
    return path;
  }

  /// The cursor one step down.
  public Params at(Object key) {
    return new Params(root, path.isEmpty() ? key.toString() : path + "." + key, side);
  }

  /// How many pixels the images are wide and high that the filters here will mostly see; 0 if
  /// nobody said.
  public int side() {
    return side;
  }

  /// The same cursor where filters see images of `pixels x pixels`, at stride 1. A hint that
  /// decides in which form a backend keeps them; 0 for no hint.
  public Params side(int pixels) {
    return new Params(root, path, pixels);
  }

  /// Whether there is a tensor of that name here.
  public boolean has(String name) {
    return root.store.find(at(name).path) != null;
  }

  /// A vector of `size` numbers.
  public Tensor vector(String name, int size) {
    return once(name, Tensor.class, () -> root.ops.upload(take(name, size)));
  }

  /// A table of `rows` vectors.
  public Tensor table(String name, int rows, int columns) {
    return once(name, Tensor.class, () -> root.ops.upload(take(name, rows, columns)));
  }

  /// A table of `rows` vectors of which few are ever looked up: it stays on the host.
  public RowTable rowTable(String name, int rows, int columns) {
    return once(name, RowTable.class, () -> RowTable.of(take(name, rows, columns)));
  }

  /// The matrix of a linear layer or of a 1x1 convolution.
  public Weight matrix(String name, int out, int in) {
    return once(name, Weight.class, () -> root.ops.linearWeight(take(name, out, in)));
  }

  /// A convolution's filter.
  public Weight filter(String name, int out, int in, int kernel) {
    return once(
        name,
        Weight.class,
        () -> {
          var filter = take(name, out, in, kernel, kernel);
          return side == 0 ? root.ops.convWeight(filter) : root.ops.convWeight(filter, side, side);
        });
  }

  /// The filter of a convolution of images that are doubled before, mostly.
  public Weight upsampleFilter(String name, int out, int in, int kernel) {
    return once(
        name,
        Weight.class,
        () -> root.ops.upsampleConvWeight(take(name, out, in, kernel, kernel), side, side));
  }

  /// The filter of a convolution whose stride is its size, as the matrix `[out,in·kernel·kernel]`
  /// of a linear layer for each place.
  public Weight patches(String name, int out, int in, int kernel) {
    return once(
        name,
        Weight.class,
        () -> {
          var filter = take(name, out, in, kernel, kernel);
          return root.ops.linearWeight(new Reshaped(filter, Shape.of(out, in * kernel * kernel)));
        });
  }

  /// Numbers that stay with the caller rather than going to the backend.
  public float[] floats(String name, int... shape) {
    var tensor = take(name, shape);
    float[] values = new float[Math.toIntExact(tensor.shape().size())];
    tensor.read(0, values, 0, values.length);
    return values;
  }

  private record Reshaped(HostTensor tensor, Shape shape) implements HostTensor {
    @Override
    public DType dtype() {
      return tensor.dtype();
    }

    @Override
    public void read(long offset, float[] into, int at, int count) {
      tensor.read(offset, into, at, count);
    }
  }

  private <T> T once(String name, Class<T> type, Supplier<T> read) {
    var key = at(name).path;
    var known = root.packed.get(key);
    if (type.isInstance(known)) {
      root.unread.remove(key);
      return type.cast(known);
    }
    T handle = read.get();
    root.packed.put(key, handle);
    var stored = root.store.find(key);
    if (stored != null) {
      // The backend has it now: the same numbers need not be in memory twice.
      stored.unload();
    }
    return handle;
  }

  private HostTensor take(String name, int... shape) {
    var key = at(name).path;
    var stored = root.store.find(key);
    if (stored == null) {
      throw new HubbleException.Model(
          "%s lacks the tensor %s %s: it is incomplete, or not of the architecture in its config.json."
              .formatted(root.store.source(), key, Arrays.toString(shape)));
    }
    if (!fits(stored.shape(), shape)) {
      throw new HubbleException.Model(
          "%s: the tensor %s has shape %s where its config.json asks for %s: the two files do not belong together."
              .formatted(
                  stored.file(), key, Arrays.toString(stored.shape()), Arrays.toString(shape)));
    }
    root.unread.remove(key);
    root.read.accept(stored);
    return new Stored(stored, Shape.of(shape), Floats.dtype(stored));
  }

  /// A matrix may be stored as a 1x1 filter and the other way round: trailing ones do not count.
  private static boolean fits(long[] stored, int[] wanted) {
    int rank = Math.max(stored.length, wanted.length);
    for (int i = 0; i < rank; i++) {
      long s = i < stored.length ? stored[i] : 1;
      long w = i < wanted.length ? wanted[i] : 1;
      if (s != w) {
        return false;
      }
    }
    return true;
  }

  /// Checks that every tensor below the keys `parts` has been read; with no parts, every tensor of
  /// the file.
  ///
  /// @throws HubbleException.Model naming the tensors that were not
  public void finish(String... parts) {
    List<String> left = root.unread.stream().filter(key -> isBelow(key, parts)).toList();
    if (!left.isEmpty()) {
      var shown = String.join(", ", left.subList(0, Math.min(3, left.size())));
      throw new HubbleException.Model(
          "%s holds %s that the architecture in its config.json has no place for: %s%s."
              .formatted(
                  root.store.source(),
                  left.size() == 1 ? "a tensor" : left.size() + " tensors",
                  shown,
                  left.size() > 3 ? ", ..." : ""));
    }
  }

  /// Joins a tensor of a file to a backend: the two modules do not know each other.
  private record Stored(StoredTensor tensor, Shape shape, DType dtype) implements HostTensor {
    @Override
    public void read(long offset, float[] into, int at, int count) {
      tensor.read(offset, into, at, count);
    }
  }
}
