// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import dev.hubble.kernels.DType;
import dev.hubble.kernels.HostTensor;
import dev.hubble.kernels.Ops;
import dev.hubble.kernels.Scope;
import dev.hubble.kernels.Shape;
import dev.hubble.kernels.Tensor;
import dev.hubble.kernels.Weight;
import dev.hubble.kernels.heap.Arguments;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// The part of the CUDA backend that computes nothing: tensors, scopes, and what only moves
/// numbers.
///
/// Networks compute in the backend's format. Numbers that come from the host, and the weighted sums
/// of the schedulers, are float32 until an operation wants them otherwise: so the latents of a run
/// keep their precision from step to step whatever the network rounds to.
///
/// In bf16 only what is multiplied is bf16: what a normalisation or an activation hands to the next
/// product, and what attention reads. What is added up, from layer to layer along the residual
/// connections, is float32 ([#sums]); with 8 significant bits each addition would lose as much as
/// all products before it.
abstract class DeviceTensors implements Ops {
  // Kernels count rows in ints, and Java downloads into arrays.
  private static final long MAX_ELEMENTS = Integer.MAX_VALUE - 8;
  // Kernels read 16 bytes at a time.
  static final int ALIGNMENT = 16;
  private static final int NAN = 0xff; // as every byte of a number it makes a NaN in all formats

  private final DType dtype;
  private final boolean poison;
  final Device device;
  private @Nullable CudaScope innermost;
  private volatile boolean closed;

  /// A backend without tensors.
  ///
  /// @param poison whether recycled memory is filled with NaN, to find reads of unwritten elements
  DeviceTensors(Device device, DType dtype, boolean poison) {
    this.device = device;
    this.dtype = dtype;
    this.poison = poison;
  }

  @Override
  public final DType dtype() {
    return dtype;
  }

  /// The format of sums: of what products and residual connections add up, of biases and of other
  /// vectors.
  final DType sums() {
    return dtype == DType.BF16 ? DType.F32 : dtype;
  }

  @Override
  public final int activationBytes() {
    return sums().bytes();
  }

  @Override
  public final String device() {
    return "cuda:" + device.ordinal();
  }

  // ---- memory ----

  /// A new tensor with any content, in the innermost scope.
  final CudaTensor allocate(String op, Shape shape, DType type) {
    checkSize(op, shape);
    return register(shape, type, storage(shape.size() * type.bytes(), innermost != null), 0);
  }

  private void checkSize(String op, Shape shape) {
    checkOpen();
    long size = shape.size();
    if (size > MAX_ELEMENTS) {
      throw new IllegalArgumentException(
          op
              + ": a tensor "
              + shape
              + " of "
              + size
              + " elements is too large; one on a GPU may have "
              + MAX_ELEMENTS);
    }
  }

  private CudaTensor.Storage storage(long bytes, boolean scoped) {
    device.driver().enter();
    if (scoped) {
      return new CudaTensor.Storage(device.tensors().take(bytes));
    }
    // Outside every scope a tensor lives as long as somebody has it.
    device.abandoned().collect();
    var block = device.tensors().take(bytes);
    var storage = new CudaTensor.Storage(block);
    device.abandoned().watch(storage, device.tensors(), block);
    return storage;
  }

  /// The same in the format of sums.
  final CudaTensor allocate(String op, Shape shape) {
    return allocate(op, shape, sums());
  }

  /// The same with room for the moments of an image, if it may have some: in the same block, so
  /// that no small block lies between large ones.
  final CudaTensor allocateImage(String op, Shape shape) {
    if (!Moments.suit(shape)) {
      return allocate(op, shape);
    }
    checkSize(op, shape);
    long image = shape.size() * sums().bytes();
    var storage = storage(image + Moments.bytes(shape), innermost != null);
    storage.moments = Moments.behind(shape, storage.block.address() + image);
    return register(shape, sums(), storage, 0);
  }

  /// Device memory for the duration of one operation; hand it to [#release] when its launches are
  /// queued.
  final DeviceMemory.Block scratch(long bytes) {
    device.driver().enter();
    return device.tensors().take(bytes);
  }

  final void release(DeviceMemory.Block block) {
    if (poison) {
      device.queue().fill(block.address(), NAN, block.bytes());
    }
    device.tensors().give(block);
  }

  /// Checks that `x` belongs to this backend and is alive. Its elements are consecutive.
  final CudaTensor in(String op, Tensor x) {
    var t = inSides(op, x);
    var sides = t.sides();
    if (sides != null) {
      var whole = storage(t.bytes(), t.scope != null);
      join(sides, whole.block.address(), t.size());
      t.unite(whole, this::release);
    }
    return t;
  }

  /// The same for operations that take two sides as they are: what is returned may have some.
  final CudaTensor inSides(String op, Tensor x) {
    if (x instanceof CudaTensor t && t.ops() == this) {
      t.checkAlive();
      return t;
    }
    throw new IllegalArgumentException(
        op + ": the tensor " + x.shape() + " belongs to another backend; upload it here first");
  }

  /// Checks that `w` belongs to this backend.
  final CudaWeight in(String op, Weight w) {
    checkOpen();
    if (w instanceof CudaWeight weight && weight.ops() == this) {
      return weight;
    }
    throw new IllegalArgumentException(
        op + ": the weight " + w.shape() + " belongs to another backend; pack it here first");
  }

  private CudaTensor register(Shape shape, DType type, CudaTensor.Storage storage, long offset) {
    var scope = innermost;
    var t = new CudaTensor(self(), shape, type, storage, offset, scope);
    if (scope != null) {
      scope.add(t);
    }
    return t;
  }

  /// Whether `x` is in the format of sums, and has its memory for itself.
  final boolean isAlone(CudaTensor x) {
    return x.sides() == null && x.dtype() == sums() && x.storage().views == 1;
  }

  /// A tensor of the same memory, for what is written over such an `x`; then [#end] it.
  final CudaTensor successor(CudaTensor x) {
    return register(x.shape(), x.dtype(), x.storage(), x.offset());
  }

  /// Ends the life of such an `x`, whose numbers have been written over.
  final void end(CudaTensor x) {
    x.storage().moments = null; // they were of what stood there
    x.recycle(this::release);
  }

  abstract CudaOps self();

  /// Writes two tensors side by side, `n` elements in all, in the format of sums.
  abstract void join(CudaTensor.Sides sides, long to, long n);

  /// A tensor of the same memory; or of other memory if its numbers would not be aligned.
  private CudaTensor view(String op, CudaTensor x, Shape shape, long from) {
    long offset = x.offset() + from * x.dtype().bytes();
    if (offset % ALIGNMENT == 0 || shape.size() == 0) {
      return register(shape, x.dtype(), x.storage(), offset);
    }
    var y = allocate(op, shape, x.dtype());
    device.queue().copy(y.address(), x.address() + from * x.dtype().bytes(), y.bytes());
    return y;
  }

  final void checkOpen() {
    if (closed) {
      throw new IllegalStateException("The backend " + device() + " is closed.");
    }
  }

  final void endScopesDownTo(CudaScope last) {
    for (var scope = innermost; scope != null; scope = scope.parent) {
      scope.end(this::release);
      innermost = scope.parent;
      if (scope == last) {
        break;
      }
    }
  }

  @Override
  public final Scope openScope() {
    checkOpen();
    if (innermost == null) {
      device.tensors().forgetPeak();
    }
    var scope = new CudaScope(this, innermost);
    innermost = scope;
    return scope;
  }

  @Override
  public final long peakBytes() {
    return device.tensors().peakBytes();
  }

  @Override
  public final OptionalLong freeBytes() {
    checkOpen();
    device.driver().enter();
    device.abandoned().collect();
    return OptionalLong.of(device.driver().memory()[0] + device.tensors().spareBytes());
  }

  /// How many blocks of memory belong to tensors.
  final int liveBlocks() {
    return device.tensors().live();
  }

  @Override
  public final void close() {
    if (closed) {
      return;
    }
    closed = true;
    innermost = null;
    device.close();
  }

  // ---- moving numbers in and out ----

  @Override
  public final Tensor upload(float[] data, int... shape) {
    checkOpen();
    var s = Shape.of(shape);
    Arguments.require(
        s.size() == data.length, "upload", "the data must fill the shape", data.length, s);
    var y = allocate("upload", s, DType.F32);
    device.staging().upload(y.address(), data.length, Float.BYTES, Staging.floats(data));
    return y;
  }

  @Override
  public final Tensor upload(HostTensor data) {
    checkOpen();
    var y = allocate("upload", data.shape());
    if (data.dtype() == y.dtype()) {
      send(data, y.address());
      return y;
    }
    try (var operands = new Operands(this)) {
      long stored = operands.scratch(data.shape().size() * data.dtype().bytes());
      send(data, stored);
      convert(stored, data.dtype(), y.address(), y.dtype(), y.size());
    }
    return y;
  }

  /// Copies a stored tensor to the device in the format in which it is stored.
  final void send(HostTensor data, long to) {
    var type = data.dtype();
    float[] piece = new float[(int) Math.min(data.shape().size(), Staging.HALF / Float.BYTES)];
    device
        .staging()
        .upload(
            to,
            data.shape().size(),
            type.bytes(),
            (half, from, n) -> {
              for (int at = 0; at < n; at += piece.length) {
                int count = Math.min(piece.length, n - at);
                data.read(from + at, piece, 0, count);
                store(piece, count, half, (long) at * type.bytes(), type);
              }
            });
  }

  /// Writes floats that were of format `type` before, so that nothing is rounded.
  private static void store(float[] x, int n, MemorySegment to, long at, DType type) {
    switch (type) {
      case F32 -> MemorySegment.copy(x, 0, to, ValueLayout.JAVA_FLOAT, at, n);
      case F16 -> {
        for (int i = 0; i < n; i++) {
          to.set(ValueLayout.JAVA_SHORT, at + 2L * i, Float.floatToFloat16(x[i]));
        }
      }
      case BF16 -> {
        for (int i = 0; i < n; i++) {
          to.set(
              ValueLayout.JAVA_SHORT, at + 2L * i, (short) (Float.floatToRawIntBits(x[i]) >>> 16));
        }
      }
    }
  }

  @Override
  public final float[] download(Tensor x) {
    var t = in("download", x);
    float[] y = new float[(int) t.size()];
    try (var operands = new Operands(this)) {
      long floats = operands.in(t, DType.F32);
      device.staging().download(floats, y.length, Float.BYTES, Staging.floatsTo(y));
    }
    return y;
  }

  /// Writes a filter that is packed for doubled images as one of rows of `kp`.
  abstract void unpack(CudaWeight w, long to, int kp);

  /// Writes `n` numbers of one format in another.
  abstract void convert(long from, DType as, long to, DType type, long n);

  /// Writes `n` floats as two bf16 each, whose sum they are but for 2^-17 of them.
  abstract void split(long from, long nearest, long rest, long n);

  // ---- shape ----

  @Override
  public final Tensor concat(Tensor x, Tensor y) {
    var a = in("concat", x);
    var b = in("concat", y);
    var shape = Arguments.concat("concat", a.shape(), b.shape());
    checkSize("concat", shape);
    var scope = innermost;
    var z = new CudaTensor(self(), shape, new CudaTensor.Sides(a.view(), b.view()), scope);
    if (scope != null) {
      scope.add(z);
    }
    // Kernels that read two sides take it that there is something on both, and give the bits of
    // one tensor where a vector of 16 bytes never straddles them.
    boolean apart = a.size() > 0 && b.size() > 0 && a.dim(-1) * dtype.bytes() % ALIGNMENT == 0;
    return apart ? z : in("concat", z);
  }

  @Override
  public final Tensor reshape(Tensor x, int... shape) {
    var t = in("reshape", x);
    return view("reshape", t, Arguments.reshape("reshape", t.shape(), shape), 0);
  }

  @Override
  public final Tensor slice(Tensor x, int from, int to) {
    var t = in("slice", x);
    var shape = Arguments.slice("slice", t.shape(), from, to);
    return view("slice", t, shape, t.dim(0) == 0 ? 0 : t.size() / t.dim(0) * from);
  }

  @Override
  public final Tensor batch(Tensor... xs) {
    var shapes = Arrays.stream(xs).map(x -> in("batch", x).shape()).toArray(Shape[]::new);
    var shape = Arguments.batch("batch", shapes);
    boolean floats = Arrays.stream(xs).allMatch(x -> x.dtype() == DType.F32);
    var result = allocate("batch", shape, floats ? DType.F32 : sums());
    long at = result.address();
    for (var x : xs) {
      var t = in("batch", x);
      long bytes = t.size() * result.dtype().bytes();
      if (t.dtype() != result.dtype()) {
        convert(t.address(), t.dtype(), at, result.dtype(), t.size());
      } else if (bytes > 0) {
        device.queue().copy(at, t.address(), bytes);
      }
      at += bytes;
    }
    return result;
  }
}
