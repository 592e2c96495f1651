// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import dev.hubble.kernels.DType;
import dev.hubble.kernels.HostTensor;
import dev.hubble.kernels.Padding;
import dev.hubble.kernels.Shape;
import dev.hubble.kernels.Tensor;
import dev.hubble.kernels.Weight;
import dev.hubble.kernels.heap.Arguments;
import dev.hubble.kernels.heap.HeapWeight;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The backend `cuda`: every operation is one kernel, or two where a sum must be finished first.
///
/// What the kernels do, and how each is launched, stands in `src/main/cuda/README.md`. Launches go
/// to a queue and this class returns at once; only [#download] waits for the GPU.
public final class CudaOps extends DeviceTensors {
  static final int BLOCK = 256;
  static final long PER_BLOCK = 2048; // elements that a block of an elementwise kernel does
  // What a product does to its sums, as the kernels number it.
  static final int NONE = 0;
  static final int QUICK_GELU = 1;
  static final int GEGLU = 2;
  // So few channels tensor cores cannot read by vectors: as well may they be floats.
  private static final int NARROW = 16;
  private static final long PIECE = 8 << 20; // elements of which more would take memory
  private static final int MAX_IDS = 4096;

  private final Matmul matmul;
  private final AttentionKernels attention;
  private final NormKernels norms;
  private final WeightedSums weightedSums;
  private DeviceMemory.@Nullable Block idsBlock;
  private int[] ids = {};

  CudaOps(Device device, DType dtype, boolean poison) {
    this(device, dtype, poison, HopperUse.asked(false));
  }

  CudaOps(Device device, DType dtype, boolean poison, HopperUse use) {
    super(device, dtype, poison);
    matmul = new Matmul(this, use);
    attention = new AttentionKernels(this);
    norms = new NormKernels(this);
    weightedSums = new WeightedSums(this);
  }

  /// Opens GPU `ordinal`, to compute in format `dtype`.
  ///
  /// @throws dev.hubble.kernels.DeviceException if it cannot be used; the message says why and what
  ///   to do
  public static CudaOps open(int ordinal, DType dtype) {
    return new CudaOps(Device.open(ordinal, mode()), dtype, false);
  }

  /// `-Dhubble.cuda.launches=graphs|single|wait`: for hunting down trouble.
  private static LaunchQueue.Mode mode() {
    return switch (System.getProperty("hubble.cuda.launches", "graphs")) {
      case "single" -> LaunchQueue.Mode.SINGLE;
      case "wait" -> LaunchQueue.Mode.WAIT;
      default -> LaunchQueue.Mode.GRAPHS;
    };
  }

  @Override
  CudaOps self() {
    return this;
  }

  @Override
  public String description() {
    return device() + ": " + device.describe() + ", " + Kernels.suffix(dtype());
  }

  // ---- weights ----

  @Override
  public Weight linearWeight(HostTensor weight) {
    checkOpen();
    return pack(weight, HeapWeight.matrix(weight), 1, 1);
  }

  @Override
  public Weight convWeight(HostTensor weight) {
    checkOpen();
    var shape = HeapWeight.filter(weight);
    return pack(weight, shape, shape.dim(2) * shape.dim(3), 1);
  }

  @Override
  public Weight upsampleConvWeight(HostTensor weight, int height, int width) {
    checkOpen();
    var shape = HeapWeight.filter(weight);
    boolean phases = shape.dim(2) == 3 && shape.dim(3) == 3;
    return phases ? pack(weight, shape, 4, CudaWeight.PHASES) : convWeight(weight);
  }

  /// @param taps of each filter as it is packed
  private CudaWeight pack(HostTensor weight, Shape shape, int taps, int phases) {
    int out = shape.dim(0);
    int in = shape.dim(1);
    int kp = CudaWeight.padded(taps, in);
    long elements = (long) phases * out * kp;
    device.driver().enter();
    device.abandoned().collect();
    var type = in < NARROW ? sums() : dtype();
    var packed = device.weights().take(elements * type.bytes());
    var result = new CudaWeight(this, type, shape, kp, phases, packed.address());
    device.abandoned().watch(result, device.weights(), packed);
    if (elements == 0) {
      return result;
    }
    try (var operands = new Operands(this)) {
      long stored = operands.scratch(weight.shape().size() * weight.dtype().bytes());
      send(weight, stored);
      var types = Kernels.suffix(weight.dtype()) + "_" + Kernels.suffix(type);
      long to = packed.address();
      if (phases == 1) {
        packing("hb_pack_" + types, elements, stored, to, out, in, taps, kp);
      } else {
        packing("hb_pack_phases_" + types, elements, stored, to, out, in, kp);
      }
    }
    return result;
  }

  @Override
  void unpack(CudaWeight w, long to, int kp) {
    int out = w.shape().dim(0);
    long elements = (long) out * kp;
    if (elements > 0) {
      var name = "hb_unpack_phases_" + Kernels.suffix(w.dtype());
      packing(name, elements, w.address(), to, out, w.shape().dim(1), w.kp(), kp);
    }
  }

  private void packing(String name, long elements, long... arguments) {
    var kernel = device.kernels().get(name, BLOCK, 0);
    device.queue().launch(kernel, Math.ceilDiv(elements, BLOCK), 1, 1, arguments);
  }

  // ---- layers ----

  @Override
  public Tensor linear(Tensor x, Weight w, @Nullable Tensor b) {
    return linear("linear", x, w, b, null, NONE);
  }

  @Override
  public Tensor linearAdd(Tensor x, Weight w, @Nullable Tensor b, Tensor residual) {
    return linear("linearAdd", x, w, b, residual, NONE);
  }

  @Override
  public Tensor linearQuickGelu(Tensor x, Weight w, Tensor b) {
    return linear("linearQuickGelu", x, w, b, null, QUICK_GELU);
  }

  @Override
  public Tensor linearGeglu(Tensor x, Weight w, Tensor b) {
    return linear("linearGeglu", x, w, b, null, GEGLU);
  }

  private Tensor linear(
      String op,
      Tensor x,
      Weight w,
      @Nullable Tensor b,
      @Nullable Tensor residual,
      int activation) {
    var input = inSides(op, x);
    var weight = in(op, w);
    var bias = b == null ? null : in(op, b);
    var added = residual == null ? null : in(op, residual);
    var shape =
        Arguments.linear(op, input.shape(), weight.shape(), bias == null ? null : bias.shape());
    if (activation == GEGLU) {
      shape = Arguments.geglu(op, shape);
    }
    if (added != null) {
      Arguments.same(op, shape, added.shape());
    }
    // An activation's result is only multiplied, and so is that of a layer without a bias: queries,
    // keys and values. The others are sums.
    boolean factor = activation != NONE || (bias == null && added == null);
    // What is added to an image is normalised next.
    var y =
        added != null
            ? allocateImage(op, shape)
            : allocate(op, shape, factor ? weight.dtype() : sums());
    matmul.linear(input, weight, bias, added, y, activation);
    return y;
  }

  @Override
  public Tensor conv2d(Tensor x, Weight w, Tensor b, int stride, Padding padding) {
    return conv2d("conv2d", x, w, b, null, null, stride, padding);
  }

  @Override
  public Tensor conv2dAddPerImage(Tensor x, Weight w, Tensor b, Tensor v) {
    return conv2d("conv2dAddPerImage", x, w, b, v, null, 1, Padding.SAME);
  }

  @Override
  public Tensor conv2dAdd(Tensor x, Weight w, Tensor b, Tensor residual) {
    return conv2d("conv2dAdd", x, w, b, null, residual, 1, Padding.SAME);
  }

  private Tensor conv2d(
      String op,
      Tensor x,
      Weight w,
      Tensor b,
      @Nullable Tensor v,
      @Nullable Tensor residual,
      int stride,
      Padding padding) {
    var input = in(op, x);
    var weight = in(op, w);
    var bias = in(op, b);
    var shape = Arguments.conv2d(op, input.shape(), weight.shape(), bias.shape(), stride, padding);
    var perImage = v == null ? null : in(op, v);
    if (perImage != null) {
      Arguments.addPerImage(op, shape, perImage.shape());
    }
    var added = residual == null ? null : in(op, residual);
    if (added != null) {
      Arguments.same(op, shape, added.shape());
    }
    var y = allocateImage(op, shape);
    matmul.conv2d(
        input, weight, bias, perImage, added, y, input.dim(1), input.dim(2), stride, padding);
    return y;
  }

  @Override
  public Tensor upsampleConv2d(Tensor x, Weight w, Tensor b, int height, int width) {
    var op = "upsampleConv2d";
    var input = in(op, x);
    var weight = in(op, w);
    var bias = in(op, b);
    var view = Arguments.upsample(op, input.shape(), height, width);
    var shape = Arguments.conv2d(op, view, weight.shape(), bias.shape(), 1, Padding.SAME);
    if (weight.phases() > 1 && height == 2 * input.dim(1) && width == 2 * input.dim(2)) {
      // A unit of moments is of one phase.
      boolean units = (long) input.dim(1) * input.dim(2) % Moments.ROWS == 0;
      var y = units ? allocateImage(op, shape) : allocate(op, shape);
      matmul.doubledConv2d(input, weight, bias, y);
      return y;
    }
    var y = allocateImage(op, shape);
    matmul.conv2d(input, weight, bias, null, null, y, height, width, 1, Padding.SAME);
    return y;
  }

  @Override
  public Tensor groupNorm(Tensor x, Tensor gamma, Tensor beta, int groups, float eps) {
    return groupNorm("groupNorm", x, gamma, beta, groups, eps, false);
  }

  @Override
  public Tensor groupNormSilu(Tensor x, Tensor gamma, Tensor beta, int groups, float eps) {
    return groupNorm("groupNormSilu", x, gamma, beta, groups, eps, true);
  }

  @Override
  public Tensor groupNormSiluInPlace(Tensor x, Tensor gamma, Tensor beta, int groups, float eps) {
    var op = "groupNormSiluInPlace";
    var input = inSides(op, x);
    if (!isAlone(input)) {
      return groupNorm(op, x, gamma, beta, groups, eps, true);
    }
    var g = in(op, gamma);
    var b = in(op, beta);
    var shape = Arguments.groupNorm(op, input.shape(), g.shape(), b.shape(), groups);
    var y = dtype() == sums() ? successor(input) : allocate(op, shape, dtype());
    norms.group(input, g, b, y, groups, eps, true, true);
    end(input);
    return y;
  }

  private Tensor groupNorm(
      String op, Tensor x, Tensor gamma, Tensor beta, int groups, float eps, boolean silu) {
    var input = inSides(op, x);
    var g = in(op, gamma);
    var b = in(op, beta);
    var y =
        allocate(op, Arguments.groupNorm(op, input.shape(), g.shape(), b.shape(), groups), dtype());
    norms.group(input, g, b, y, groups, eps, silu, false);
    return y;
  }

  @Override
  public Tensor layerNorm(Tensor x, Tensor gamma, Tensor beta, float eps) {
    var op = "layerNorm";
    var input = in(op, x);
    var g = in(op, gamma);
    var b = in(op, beta);
    var y = allocate(op, Arguments.layerNorm(op, input.shape(), g.shape(), b.shape()), dtype());
    norms.layer(input, g, b, y, eps);
    return y;
  }

  @Override
  public Tensor attention(Tensor q, Tensor k, Tensor v, int heads, boolean causal) {
    var op = "attention";
    var queries = in(op, q);
    var keys = in(op, k);
    var values = in(op, v);
    var y =
        allocate(
            op,
            Arguments.attention(op, queries.shape(), keys.shape(), values.shape(), heads),
            dtype());
    if (y.size() > 0) {
      attention.run(queries, keys, values, y, heads, causal);
    }
    return y;
  }

  @Override
  public Tensor embedding(Tensor table, int[] ids) {
    var op = "embedding";
    var rows = in(op, table);
    var y = allocate(op, Arguments.embedding(op, rows.shape(), ids), rows.dtype());
    if (y.size() == 0) {
      return y;
    }
    try (var operands = new Operands(this)) {
      long from = rows.address();
      long at = ids.length <= MAX_IDS ? lastIds(ids) : send(ids, operands.scratch(4L * ids.length));
      elementwise("hb_embedding", y, from, at, y.address(), y.size(), y.dim(1));
    }
    return y;
  }

  /// Where the ids are on the device. All residual blocks ask for the same ones, so they stay there
  /// until others come.
  private long lastIds(int[] wanted) {
    var block = idsBlock;
    if (block == null) {
      device.driver().enter();
      block = device.weights().take(4L * MAX_IDS);
      idsBlock = block;
    }
    if (!Arrays.equals(ids, wanted)) {
      ids = new int[0]; // until they are there
      send(wanted, block.address());
      ids = wanted.clone();
    }
    return block.address();
  }

  private long send(int[] from, long to) {
    device
        .staging()
        .upload(
            to,
            from.length,
            Integer.BYTES,
            (half, at, n) -> MemorySegment.copy(from, (int) at, half, ValueLayout.JAVA_INT, 0, n));
    return to;
  }

  // ---- element by element ----

  @Override
  public Tensor silu(Tensor x) {
    return activation("silu", "hb_silu", x);
  }

  @Override
  public Tensor quickGelu(Tensor x) {
    return activation("quickGelu", "hb_quick_gelu", x);
  }

  private Tensor activation(String op, String kernel, Tensor x) {
    var input = in(op, x);
    var y = allocate(op, input.shape());
    try (var operands = new Operands(this)) {
      elementwise(kernel, y, operands.in(input, sums()), y.address(), y.size());
    }
    return y;
  }

  @Override
  public Tensor geglu(Tensor x) {
    var input = in("geglu", x);
    var y = allocate("geglu", Arguments.geglu("geglu", input.shape()));
    try (var operands = new Operands(this)) {
      elementwise("hb_geglu", y, operands.in(input, sums()), y.address(), y.size(), y.dim(-1));
    }
    return y;
  }

  @Override
  public Tensor add(Tensor x, Tensor y) {
    var a = in("add", x);
    var b = in("add", y);
    var z = allocate("add", Arguments.add("add", a.shape(), b.shape()));
    try (var operands = new Operands(this)) {
      elementwise(
          "hb_add",
          z,
          operands.in(a, sums()),
          operands.in(b, sums()),
          z.address(),
          z.size(),
          b.size());
    }
    return z;
  }

  @Override
  public Tensor addPerImage(Tensor x, Tensor v) {
    var a = in("addPerImage", x);
    var b = in("addPerImage", v);
    var z = allocate("addPerImage", Arguments.addPerImage("addPerImage", a.shape(), b.shape()));
    try (var operands = new Operands(this)) {
      elementwise(
          "hb_add_per_image",
          z,
          operands.in(a, sums()),
          operands.in(b, sums()),
          z.address(),
          z.size(),
          z.size() / Math.max(1, z.dim(0)),
          z.dim(-1));
    }
    return z;
  }

  @Override
  public Tensor weightedSum(float[] weights, Tensor... xs) {
    var op = "weightedSum";
    Arguments.require(
        weights.length == xs.length && xs.length > 0,
        op,
        "there must be one weight per tensor",
        weights.length,
        xs.length);
    var terms = new CudaTensor[xs.length];
    for (int i = 0; i < xs.length; i++) {
      terms[i] = in(op, xs[i]);
      Arguments.same(op, terms[0].shape(), terms[i].shape());
    }
    return weightedSums.sum(weights, terms);
  }

  // ---- shape ----

  @Override
  public Tensor upsample(Tensor x, int height, int width) {
    var input = in("upsample", x);
    var y = allocate("upsample", Arguments.upsample("upsample", input.shape(), height, width));
    try (var operands = new Operands(this)) {
      elementwise(
          "hb_upsample",
          y,
          operands.in(input, sums()),
          y.address(),
          y.size(),
          input.dim(1),
          input.dim(2),
          height,
          width,
          input.dim(3));
    }
    return y;
  }

  @Override
  void join(CudaTensor.Sides sides, long to, long n) {
    if (n > 0) {
      try (var operands = new Operands(this)) {
        device
            .queue()
            .launch(
                kernel("hb_concat", 0),
                Math.ceilDiv(n, PER_BLOCK),
                1,
                1,
                operands.in(sides.left(), sums()),
                operands.in(sides.right(), sums()),
                to,
                n,
                sides.left().dim(-1),
                sides.right().dim(-1));
      }
    }
  }

  @Override
  void convert(long from, DType as, long to, DType type, long n) {
    if (n == 0) {
      return;
    }
    var name = "hb_convert_" + Kernels.suffix(as) + "_" + Kernels.suffix(type);
    device
        .queue()
        .launch(
            device.kernels().get(name, BLOCK, 0), Math.ceilDiv(n, PER_BLOCK), 1, 1, from, to, n);
  }

  @Override
  void split(long from, long nearest, long rest, long n) {
    try (var operands = new Operands(this)) {
      long again = operands.scratch(Float.BYTES * Math.min(n, PIECE));
      for (long at = 0; at < n; at += PIECE) {
        long count = Math.min(PIECE, n - at);
        long x = from + Float.BYTES * at;
        convert(x, DType.F32, nearest + 2 * at, DType.BF16, count);
        convert(nearest + 2 * at, DType.BF16, again, DType.F32, count);
        weightedSums.floats(new float[] {1, -1}, new long[] {x, again}, again, count);
        convert(again, DType.F32, rest + 2 * at, DType.BF16, count);
      }
    }
  }

  /// Launches an elementwise kernel that writes `y`.
  private void elementwise(String name, CudaTensor y, long... arguments) {
    if (y.size() > 0) {
      var kernel = device.kernels().get(name + "_" + Kernels.suffix(y.dtype()), BLOCK, 0);
      device.queue().launch(kernel, Math.ceilDiv(y.size(), PER_BLOCK), 1, 1, arguments);
    }
  }

  private Kernels.Kernel kernel(String name, int sharedMemory) {
    return device.kernels().get(name + "_" + Kernels.suffix(sums()), BLOCK, sharedMemory);
  }

  /// A float as a kernel's argument.
  static long bits(float x) {
    return Float.floatToRawIntBits(x) & 0xffff_ffffL;
  }
}
