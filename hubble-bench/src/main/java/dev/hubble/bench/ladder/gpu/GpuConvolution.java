// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.ladder.gpu;

import dev.hubble.kernels.HostTensor;
import dev.hubble.kernels.Padding;
import dev.hubble.kernels.Tensor;
import dev.hubble.kernels.cuda.Workbench;
import java.util.List;
import java.util.function.Supplier;

/// A 3x3 convolution at stride 1 with a border of zeros, without bias.
///
/// @param x `[images][height][width][in]`
/// @param w `[out][3][3][in]`
record GpuConvolution(int images, int height, int width, int in, int out, float[] x, float[] w)
    implements GpuProblem {

  static GpuConvolution of(int images, int height, int width, int in, int out) {
    Numbers.eights("convolution", in, out);
    return new GpuConvolution(
        images,
        height,
        width,
        in,
        out,
        Numbers.halves("x", 1, images, height, width, in),
        Numbers.halves("w", 1 / Math.sqrt(9 * in), out, 9 * in));
  }

  int pixels() {
    return images * height * width;
  }

  @Override
  public double flops() {
    return 18.0 * pixels() * in * out;
  }

  @Override
  public long bytes() {
    return 2L * ((long) pixels() * (in + out) + 9L * in * out);
  }

  @Override
  public int size() {
    return Math.multiplyExact(pixels(), out);
  }

  @Override
  public double expected(int at) {
    int o = at % out;
    int pixel = at / out;
    double sum = 0;
    for (int tap = 0; tap < 9; tap++) {
      int row = pixel / width % height + tap / 3 - 1;
      int column = pixel % width + tap % 3 - 1;
      if (row >= 0 && row < height && column >= 0 && column < width) {
        int from = ((pixel / width / height * height + row) * width + column) * in;
        for (int c = 0; c < in; c++) {
          sum += (double) x[from + c] * w[(o * 9 + tap) * in + c];
        }
      }
    }
    return sum;
  }

  @Override
  public double limit() {
    return 1e-3;
  }

  /// The weights as in the files of models: `[out][in][3][3]`.
  float[] filters() {
    float[] turned = new float[w.length];
    for (int i = 0; i < w.length; i++) {
      turned[(i / (9 * in) * in + i % in) * 9 + i / in % 9] = w[i];
    }
    return turned;
  }

  Tensor image(Workbench bench) {
    return Numbers.upload(bench.ops(), x, images, height, width, in);
  }

  Tensor filter(Workbench bench) {
    return Numbers.upload(bench.ops(), w, out, 9 * in);
  }

  @Override
  public List<GpuRung> rungs(Workbench bench) {
    var image = image(bench);
    var filter = filter(bench);
    long tiles = Math.ceilDiv(pixels(), 128);
    return List.of(
        new GpuRung(
            "a thread per result",
            rung(bench, "naive", image, filter, Math.ceilDiv(size(), 256), 1, 0)),
        new GpuRung(
            "implicit GEMM, tiles in registers",
            rung(bench, "registers", image, filter, tiles, Math.ceilDiv(out, 128), 0)),
        new GpuRung("im2col written, GEMM on tensor cores", im2col(bench, image, filter)),
        new GpuRung(
            "implicit GEMM on tensor cores, a pipeline",
            rung(bench, "pipeline", image, filter, tiles, Math.ceilDiv(out, 128), GpuGemm.RING)),
        production(bench, "production"));
  }

  private Supplier<Tensor> rung(
      Workbench bench, String name, Tensor image, Tensor filter, long gx, long gy, int shared) {
    var kernel = bench.kernel("rung_conv_" + name, 256, shared);
    var y = bench.tensor(images, height, width, out);
    return () -> {
      bench.launch(
          kernel,
          gx,
          gy,
          1,
          bench.address(image),
          bench.address(filter),
          bench.address(y),
          images,
          height,
          width,
          in,
          out);
      return y;
    };
  }

  private Supplier<Tensor> im2col(Workbench bench, Tensor image, Tensor filter) {
    var write = bench.kernel("rung_conv_im2col", 256, 0);
    var multiply = bench.kernel("rung_gemm_pipeline", 256, GpuGemm.RING);
    var matrix = bench.tensor(pixels(), 9 * in);
    var y = bench.tensor(images, height, width, out);
    return () -> {
      bench.launch(
          write,
          Math.ceilDiv((long) pixels() * 9 * in, 8 * 256),
          1,
          1,
          bench.address(image),
          bench.address(matrix),
          images,
          height,
          width,
          in);
      bench.launch(
          multiply,
          Math.ceilDiv(pixels(), 128),
          Math.ceilDiv(out, 128),
          1,
          bench.address(matrix),
          bench.address(filter),
          bench.address(y),
          pixels(),
          out,
          9L * in);
      return y;
    };
  }

  @Override
  public GpuRung production(Workbench bench, String title) {
    var ops = bench.ops();
    var image = image(bench);
    var filter = ops.convWeight(HostTensor.of(filters(), out, in, 3, 3));
    var bias = Numbers.upload(ops, new float[out], out);
    return new GpuRung(title, () -> ops.conv2d(image, filter, bias, 1, Padding.SAME));
  }
}
