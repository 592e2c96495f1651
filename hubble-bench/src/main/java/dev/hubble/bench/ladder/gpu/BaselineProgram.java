// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder.gpu;

import dev.hubble.kernels.Tensor;
import dev.hubble.kernels.cuda.Workbench;
import java.util.List;
import java.util.function.Supplier;

/// Measures a ladder's baseline, in a process of its own: a library that does not suit the driver
/// may end the process that loads it.
public final class BaselineProgram {
  static final String PACK = "/META-INF/hubble/ladder/";
  static final String TIME = "time ";
  static final String REASON = "none ";

  private BaselineProgram() {}

  /// Measures, and prints `time MILLISECONDS VERSION`, or `none REASON`.
  ///
  /// @param args ladder, number of the GPU, sizes, repetitions
  public static void main(String[] args) {
    var ladder = GpuLadder.of(args[0]);
    try {
      System.out.println(measure(ladder, args));
    } catch (RuntimeException | LinkageError e) {
      System.out.println(REASON + String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
    }
  }

  private static String measure(GpuLadder ladder, String[] args) {
    var obstacle = Library.obstacle(files(ladder));
    if (!obstacle.isEmpty()) {
      return REASON + "not on this host: " + obstacle;
    }
    var problem = ladder.prepare(args[2]);
    try (var bench = Workbench.open(Integer.parseInt(args[1]), PACK, Workbench.Feed.THREADS)) {
      Library library;
      Supplier<Tensor> call;
      switch (problem) {
        case GpuGemm p -> {
          var cublas = new Cublas(bench);
          library = cublas;
          call = cublas.gemm(p);
        }
        case GpuAttention p -> {
          var cublas = new Cublas(bench);
          library = cublas;
          call = cublas.attention(p);
        }
        case GpuConvolution p -> {
          var cudnn = new Cudnn(bench);
          library = cudnn;
          call = cudnn.convolution(p);
        }
        default -> throw new IllegalArgumentException("no library does " + ladder.name());
      }
      double millis = GpuTimes.of(bench, problem, call, Integer.parseInt(args[3]));
      return TIME + millis + " " + library.version();
    }
  }

  /// What the bindings are linked against.
  private static List<String> files(GpuLadder ladder) {
    return ladder.baseline().equals("cuDNN")
        ? List.of(
            "libcudnn.so.9",
            "libcudnn_graph.so.9",
            "libcudnn_ops.so.9",
            "libcudnn_cnn.so.9",
            "libcudnn_adv.so.9")
        : List.of("libcublasLt.so.13", "libcublas.so.13");
  }
}
