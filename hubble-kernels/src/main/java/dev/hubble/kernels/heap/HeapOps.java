// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.heap;

import dev.hubble.kernels.HostTensor;
import dev.hubble.kernels.Ops;
import dev.hubble.kernels.Scope;
import dev.hubble.kernels.Shape;
import dev.hubble.kernels.Tensor;
import dev.hubble.kernels.Weight;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/// The part of a backend that does not depend on how it computes: memory, and the operations that
/// only move or add numbers. All tensors are `float[]` in row-major order.
public abstract class HeapOps implements Ops {
  // The largest array that HotSpot can allocate, without what lies before the first line.
  static final int MAX_ARRAY = Integer.MAX_VALUE - 8 - CacheLine.FIRST;
  // Elements per tile where the work is moving numbers: 64 KB, so a tile stays in the first caches.
  private static final int TILE = 16 * 1024;

  private final Arena arena;
  private @Nullable HeapScope innermost;
  private volatile boolean closed;

  /// A backend without tensors.
  ///
  /// @param poison whether recycled memory is filled with NaN, to find reads of unwritten elements
  protected HeapOps(boolean poison) {
    arena = new Arena(poison);
  }

  /// Runs `body` for 0..tiles-1, in any order and possibly at once; returns when all are done.
  public abstract void parallel(int tiles, IntConsumer body);

  // ---- memory ----

  /// A new tensor with any content, in the innermost scope.
  protected final HeapTensor allocate(String op, Shape shape) {
    int length = length(op, shape);
    var scope = innermost;
    var block = scope == null ? Block.ofLength(length) : arena.take(length);
    return register(shape, new HeapTensor.Storage(block), 0, length);
  }

  /// At least `length` elements with any content, for the duration of one operation; hand them to
  /// [#release] when done.
  public final Block scratch(String op, long length) {
    checkLength(op, "scratch memory", length);
    return innermost == null ? Block.ofLength((int) length) : arena.take((int) length);
  }

  /// Takes back what [#scratch] gave.
  public final void release(Block scratch) {
    if (innermost != null) {
      arena.give(scratch);
    }
  }

  /// The number of elements of a tensor of the given shape.
  protected static int length(String op, Shape shape) {
    checkLength(op, "a tensor " + shape, shape.size());
    return (int) shape.size();
  }

  /// Throws if a Java array cannot hold `length` elements.
  public static void checkLength(String op, String what, long length) {
    if (length > MAX_ARRAY) {
      throw new IllegalArgumentException(
          op
              + ": "
              + what
              + " of "
              + length
              + " elements is too large; a Java array holds at most "
              + MAX_ARRAY);
    }
  }

  /// Checks that `x` belongs to this backend and is alive.
  protected final HeapTensor in(String op, Tensor x) {
    if (x instanceof HeapTensor t && t.ops().equals(this)) {
      t.storage();
      return t;
    }
    throw new IllegalArgumentException(
        op + ": the tensor " + x.shape() + " belongs to another backend; upload it here first");
  }

  /// Checks that `w` belongs to this backend.
  protected final <W extends HeapWeight> W in(String op, Weight w, Class<W> type) {
    checkOpen();
    if (type.isInstance(w) && ((HeapWeight) w).ops().equals(this)) {
      return type.cast(w);
    }
    throw new IllegalArgumentException(
        op + ": the weight " + w.shape() + " belongs to another backend; pack it here first");
  }

  private HeapTensor register(Shape shape, HeapTensor.Storage storage, int start, int size) {
    var scope = innermost;
    var t = new HeapTensor(this, shape, storage, start, size, scope);
    if (scope != null) {
      scope.add(t);
    }
    return t;
  }

  /// What `write` makes of `x`, element by element, in its place; then the life of `x` has ended.
  /// If others view the same memory, it goes elsewhere.
  protected final HeapTensor inPlace(String op, HeapTensor x, Consumer<HeapTensor> write) {
    var storage = x.storage();
    boolean alone = storage.views == 1 && !storage.everlasting;
    var y = alone ? register(x.shape(), storage, x.start(), x.size()) : allocate(op, x.shape());
    write.accept(y);
    if (alone) {
      x.recycle();
    }
    return y;
  }

  private HeapTensor view(HeapTensor x, Shape shape, int start) {
    // Outside every scope a view of a scoped tensor cannot be, so it never outlives its block.
    return register(shape, x.storage(), x.start() + start, (int) shape.size());
  }

  final void checkOpen() {
    if (closed) {
      throw new IllegalStateException("The backend " + device() + " is closed.");
    }
  }

  final void move(HeapTensor t, @Nullable HeapScope to) {
    t.scope = to;
    if (to != null) {
      to.add(t);
    } else if (!t.storage().everlasting) {
      // On its own from now on, so that it does not hold what lay beside it.
      t.storage().everlasting = true;
      t.storage().block = arena.moveOut(t.storage().block);
    }
  }

  final void endScopesDownTo(HeapScope last) {
    for (var scope = innermost; scope != null; scope = scope.parent) {
      scope.end(arena);
      innermost = scope.parent;
      if (scope == last) {
        break;
      }
    }
    if (innermost == null) {
      arena.clear();
    }
  }

  @Override
  public final Scope openScope() {
    return openScope(0);
  }

  @Override
  public final Scope openScope(long bytes) {
    checkOpen();
    if (innermost == null) {
      arena.forgetPeak();
    }
    arena.reserve(bytes / Float.BYTES);
    var scope = new HeapScope(this, innermost);
    innermost = scope;
    return scope;
  }

  @Override
  public final long peakBytes() {
    return Float.BYTES * arena.peak();
  }

  /// How many blocks belong to open scopes: 0 outside every scope, unless something leaks.
  public final int liveBlocks() {
    return arena.live();
  }

  /// How many bytes there are for the tensors of scopes, in use or not: 0 outside every scope.
  public final long heldBytes() {
    return Float.BYTES * arena.held();
  }

  @Override
  public void close() {
    if (innermost != null) {
      var outermost = innermost;
      while (outermost.parent != null) {
        outermost = outermost.parent;
      }
      endScopesDownTo(outermost);
    }
    closed = true;
  }

  // ---- moving numbers in and out ----

  @Override
  public final Tensor upload(float[] data, int... shape) {
    checkOpen();
    var s = Shape.of(shape);
    Arguments.require(
        s.size() == data.length, "upload", "the data must fill the shape", data.length, s);
    var y = allocate("upload", s);
    System.arraycopy(data, 0, y.data(), y.offset(), data.length);
    return y;
  }

  @Override
  public final Tensor upload(HostTensor data) {
    checkOpen();
    var y = allocate("upload", data.shape());
    data.read(0, y.data(), y.offset(), y.size());
    return y;
  }

  @Override
  public final float[] download(Tensor x) {
    var t = in("download", x);
    return Arrays.copyOfRange(t.data(), t.offset(), t.offset() + t.size());
  }

  @Override
  public final Tensor embedding(Tensor table, int[] ids) {
    var t = in("embedding", table);
    var y = allocate("embedding", Arguments.embedding("embedding", t.shape(), ids));
    int width = t.dim(1);
    for (int i = 0; i < ids.length; i++) {
      System.arraycopy(
          t.data(), t.offset() + ids[i] * width, y.data(), y.offset() + i * width, width);
    }
    return y;
  }

  // ---- element by element ----

  @Override
  public final Tensor add(Tensor x, Tensor y) {
    var a = in("add", x);
    var b = in("add", y);
    var result = allocate("add", Arguments.add("add", a.shape(), b.shape()));
    float[] xs = a.data();
    float[] ys = b.data();
    float[] zs = result.data();
    // Whole repeats of y, in pieces small enough to share out.
    int period = b.size();
    elementwise(
        period,
        period == 0 ? 0 : a.size() / period,
        (repeat, from, to) -> {
          int at = repeat * period;
          int xAt = a.offset() + at;
          int yAt = b.offset();
          int zAt = result.offset() + at;
          for (int i = from; i < to; i++) {
            zs[zAt + i] = xs[xAt + i] + ys[yAt + i];
          }
        });
    return result;
  }

  @Override
  public final Tensor addPerImage(Tensor x, Tensor v) {
    var a = in("addPerImage", x);
    var b = in("addPerImage", v);
    var result =
        allocate("addPerImage", Arguments.addPerImage("addPerImage", a.shape(), b.shape()));
    float[] xs = a.data();
    float[] vs = b.data();
    float[] zs = result.data();
    int channels = b.dim(1);
    int rows = channels == 0 ? 0 : a.size() / channels;
    int rowsPerImage = Math.max(1, rows / Math.max(1, b.dim(0)));
    rows(
        rows,
        channels,
        (from, to) -> {
          for (int r = from; r < to; r++) {
            int at = r * channels;
            int xAt = a.offset() + at;
            int vAt = b.offset() + r / rowsPerImage * channels;
            int zAt = result.offset() + at;
            for (int c = 0; c < channels; c++) {
              zs[zAt + c] = xs[xAt + c] + vs[vAt + c];
            }
          }
        });
    return result;
  }

  @Override
  public final Tensor weightedSum(float[] weights, Tensor... xs) {
    Arguments.require(
        weights.length == xs.length && xs.length > 0,
        "weightedSum",
        "there must be one weight per tensor",
        weights.length,
        xs.length);
    var terms = new HeapTensor[xs.length];
    for (int i = 0; i < xs.length; i++) {
      terms[i] = in("weightedSum", xs[i]);
      Arguments.same("weightedSum", terms[0].shape(), terms[i].shape());
    }
    var result = allocate("weightedSum", terms[0].shape());
    float[] y = result.data();
    // In double: a scheduler's terms are large and cancel, and there are few of them.
    for (int i = 0; i < result.size(); i++) {
      double sum = 0;
      for (int j = 0; j < terms.length; j++) {
        sum += (double) weights[j] * terms[j].data()[terms[j].offset() + i];
      }
      y[result.offset() + i] = (float) sum;
    }
    return result;
  }

  // ---- shape ----

  @Override
  public final Tensor reshape(Tensor x, int... shape) {
    var t = in("reshape", x);
    return view(t, Arguments.reshape("reshape", t.shape(), shape), 0);
  }

  @Override
  public final Tensor slice(Tensor x, int from, int to) {
    var t = in("slice", x);
    var shape = Arguments.slice("slice", t.shape(), from, to);
    return view(t, shape, t.dim(0) == 0 ? 0 : t.size() / t.dim(0) * from);
  }

  @Override
  public final Tensor concat(Tensor x, Tensor y) {
    var a = in("concat", x);
    var b = in("concat", y);
    var result = allocate("concat", Arguments.concat("concat", a.shape(), b.shape()));
    int left = a.dim(-1);
    int right = b.dim(-1);
    int width = left + right;
    float[] zs = result.data();
    float[] xs = a.data();
    float[] ys = b.data();
    rows(
        width == 0 ? 0 : result.size() / width,
        width,
        (from, to) -> {
          for (int r = from; r < to; r++) {
            int at = result.offset() + r * width;
            System.arraycopy(xs, a.offset() + r * left, zs, at, left);
            System.arraycopy(ys, b.offset() + r * right, zs, at + left, right);
          }
        });
    return result;
  }

  @Override
  public final Tensor batch(Tensor... xs) {
    var shapes = Arrays.stream(xs).map(x -> in("batch", x).shape()).toArray(Shape[]::new);
    var result = allocate("batch", Arguments.batch("batch", shapes));
    int at = result.offset();
    for (var x : xs) {
      var t = in("batch", x);
      System.arraycopy(t.data(), t.offset(), result.data(), at, t.size());
      at += t.size();
    }
    return result;
  }

  @Override
  public final Tensor upsample(Tensor x, int height, int width) {
    var t = in("upsample", x);
    var result = allocate("upsample", Arguments.upsample("upsample", t.shape(), height, width));
    int h = t.dim(1);
    int w = t.dim(2);
    int channels = t.dim(3);
    float[] from = t.data();
    float[] into = result.data();
    rows(
        t.dim(0) * height,
        width * channels,
        (first, end) -> {
          for (int row = first; row < end; row++) {
            int source = row / height * h + nearest(row % height, h, height);
            for (int q = 0; q < width; q++) {
              int pixel = source * w + nearest(q, w, width);
              System.arraycopy(
                  from,
                  t.offset() + pixel * channels,
                  into,
                  result.offset() + (row * width + q) * channels,
                  channels);
            }
          }
        });
    return result;
  }

  /// Which of `size` pixels pixel `p` of `newSize` copies.
  public static int nearest(int p, int size, int newSize) {
    return (int) ((long) p * size / newSize);
  }

  // ---- sharing out work; tile boundaries depend on sizes only, never on the thread count ----

  /// A range of rows or elements.
  @FunctionalInterface
  public interface Range {
    /// Does entries `from..to-1`.
    void run(int from, int to);
  }

  /// A range of elements in one repeat of a period.
  @FunctionalInterface
  private interface RepeatRange {
    void run(int repeat, int from, int to);
  }

  /// Shares out `rows` rows of `width` elements each.
  public final void rows(int rows, int width, Range body) {
    int perTile = Math.max(1, TILE / Math.max(1, width));
    int tiles = Math.ceilDiv(rows, perTile);
    parallel(tiles, t -> body.run(t * perTile, Math.min(rows, (t + 1) * perTile)));
  }

  private void elementwise(int period, int repeats, RepeatRange body) {
    int perRepeat = Math.ceilDiv(Math.max(1, period), TILE);
    // Short periods (one vector per token) are done many at a time.
    int repeatsPerTile = Math.max(1, TILE / Math.max(1, period));
    int tiles = Math.ceilDiv(repeats, repeatsPerTile);
    parallel(
        tiles * perRepeat,
        t -> {
          int first = t / perRepeat * repeatsPerTile;
          int from = t % perRepeat * TILE;
          int to = Math.min(period, from + TILE);
          for (int r = first; r < Math.min(repeats, first + repeatsPerTile); r++) {
            body.run(r, from, to);
          }
        });
  }
}
