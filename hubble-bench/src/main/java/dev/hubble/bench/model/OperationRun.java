// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.model;

import dev.hubble.kernels.Backends;
import dev.hubble.kernels.DType;
import dev.hubble.kernels.HostTensor;
import dev.hubble.kernels.Ops;
import dev.hubble.kernels.Padding;
import dev.hubble.kernels.Shape;
import dev.hubble.kernels.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// How long single operations take on a device, beside the same in PyTorch, which on a GPU are
/// those of cuBLAS, cuDNN and FlashAttention. For the report that `scripts/gpu-bundle` makes.
public final class OperationRun {
  private static final int TIMES = 5;

  private OperationRun() {}

  /// An operation that is ready to be called.
  ///
  /// @param call computes it
  /// @param flops how much arithmetic it is; a multiply-add counts as two
  record Task(Supplier<Tensor> call, double flops) {}

  /// Runs, and prints a table.
  ///
  /// @param args device, format, how many calls are measured together, the file with PyTorch's
  ///   times as `peer_operations.py` prints them, which may be missing, and operations:
  ///   `linear:ROWSxOUTSxINS`, `conv:IMAGESxHEIGHTxWIDTHxINSxOUTS` for 3x3 at stride 1, `upsample:`
  ///   and the same for one of an image that is doubled before, counted as nine taps,
  ///   `attention:IMAGESxQUERIESxKEYSxCHANNELSxHEADS`
  public static void main(String[] args) throws IOException {
    var dtype = DType.valueOf(args[1].toUpperCase(Locale.ROOT));
    int calls = Integer.parseInt(args[2]);
    var peer = peer(Path.of(args[3]));
    try (var ops = Backends.open(args[0], new Backends.Options(0).dtype(dtype))) {
      System.out.println(ops.description());
      System.out.println("PyTorch: " + peer.getOrDefault("version", "not measured"));
      System.out.println("| operation | us | TFLOP/s | PyTorch, us | percent of its speed |");
      System.out.println("|---|--:|--:|--:|--:|");
      for (var name : List.of(args).subList(4, args.length)) {
        try (var _ = ops.openScope()) {
          var task = prepare(ops, name);
          double micros = micros(ops, task.call, calls);
          System.out.println(row(name, task.flops, micros, peer.get(name)));
        }
      }
    }
  }

  static String row(String name, double flops, double micros, @Nullable String peer) {
    double other = peer == null ? Double.NaN : Double.parseDouble(peer);
    return String.format(
        Locale.ROOT,
        "| %s | %.1f | %.1f | %s | %s |",
        name,
        micros,
        flops / micros / 1e6,
        peer == null ? "-" : String.format(Locale.ROOT, "%.1f", other),
        peer == null ? "-" : String.format(Locale.ROOT, "%.0f", 100 * other / micros));
  }

  /// Times by name, and `version`.
  static Map<String, String> peer(Path file) throws IOException {
    var all = new HashMap<String, String>();
    if (Files.exists(file)) {
      for (var line : Files.readAllLines(file)) {
        int tab = line.indexOf('\t');
        if (tab > 0) {
          all.put(line.substring(0, tab), line.substring(tab + 1));
        }
      }
    }
    return all;
  }

  /// Makes an operation of its name.
  static Task prepare(Ops ops, String name) {
    int colon = name.indexOf(':');
    if (colon < 0) {
      throw new IllegalArgumentException(name + " does not look like linear:8192x320x320");
    }
    int[] s =
        Stream.of(name.substring(colon + 1).split("x", -1)).mapToInt(Integer::parseInt).toArray();
    return switch (name.substring(0, colon)) {
      case "linear" -> {
        var x = tensor(ops, s[0], s[2]);
        var w = ops.linearWeight(host(s[1], s[2]));
        var b = tensor(ops, s[1]);
        yield new Task(() -> ops.linear(x, w, b), 2.0 * s[0] * s[1] * s[2]);
      }
      case "conv" -> {
        var x = tensor(ops, s[0], s[1], s[2], s[3]);
        var w = ops.convWeight(host(s[4], s[3], 3, 3), s[1], s[2]);
        var b = tensor(ops, s[4]);
        yield new Task(
            () -> ops.conv2d(x, w, b, 1, Padding.SAME), 18.0 * s[0] * s[1] * s[2] * s[3] * s[4]);
      }
      case "upsample" -> {
        var x = tensor(ops, s[0], s[1], s[2], s[3]);
        var w = ops.upsampleConvWeight(host(s[4], s[3], 3, 3), 2 * s[1], 2 * s[2]);
        var b = tensor(ops, s[4]);
        yield new Task(
            () -> ops.upsampleConv2d(x, w, b, 2 * s[1], 2 * s[2]),
            72.0 * s[0] * s[1] * s[2] * s[3] * s[4]);
      }
      case "attention" -> {
        var q = tensor(ops, s[0], s[1], s[3]);
        var k = tensor(ops, s[0], s[2], s[3]);
        var v = tensor(ops, s[0], s[2], s[3]);
        yield new Task(() -> ops.attention(q, k, v, s[4], false), 4.0 * s[0] * s[1] * s[2] * s[3]);
      }
      default -> throw new IllegalArgumentException("no operation " + name);
    };
  }

  private static HostTensor host(int... shape) {
    return HostTensor.of(Formula.uniform("bench", Math.toIntExact(Shape.of(shape).size())), shape);
  }

  private static Tensor tensor(Ops ops, int... shape) {
    return ops.upload(host(shape));
  }

  /// Microseconds of a call. What a measurement costs by itself, the wait at its end above all, is
  /// the same for many calls as for few, and so is no part of the difference.
  private static double micros(Ops ops, Supplier<Tensor> call, int calls) {
    var mark = tensor(ops, 1);
    double[] all = new double[TIMES];
    for (int i = -1; i < TIMES; i++) {
      double few = nanos(call, calls, mark);
      double many = nanos(call, 3 * calls, mark);
      if (i >= 0) {
        all[i] = (many - few) / (2.0 * calls) / 1e3;
      }
    }
    Arrays.sort(all);
    return all[TIMES / 2];
  }

  private static double nanos(Supplier<Tensor> call, int calls, Tensor mark) {
    long start = System.nanoTime();
    for (int i = 0; i < calls; i++) {
      try (var _ = mark.ops().openScope()) {
        var _ = call.get();
      }
    }
    mark.toArray(); // a device does one thing after the other
    return System.nanoTime() - start;
  }
}
