// SPDX-License-Identifier: Apache-2.0
//
// The lower rungs of the GPU ladder of the convolution: 3x3, stride 1, a border of zeros. x [images,height,width,in], w
// [out,3,3,in], y [images,height,width,out], all f16, sums in float; in and out are multiples of 8. The upper rungs are the kernels
// in production. docs/ladders/gpu-convolution.md says what limits each.
#include "pipeline.cuh"
#include "registers.cuh"

#define RUNG(NAME, BLOCK)                                                                                                         \
  extern "C" __global__ void __launch_bounds__(BLOCK)                                                                             \
      rung_conv_##NAME(const f16* x, const f16* w, f16* y, int images, int height, int width, int in, int out)

__device__ __forceinline__ ImageRows<f16> taps(const f16* x, int images, int height, int width, int in) {
  return ImageRows<f16>{x, {images, height, width, in, height, width, height, width, 3, 3, 1, 1, 1}};
}

// A thread per result: the definition. Grid ceil(images·height·width·out/256).
RUNG(naive, 256) {
  const long long at = (long long)blockIdx.x * 256 + threadIdx.x;
  const int o = (int)(at % out), q = (int)(at / out % width), p = (int)(at / out / width % height), image = (int)(at / out / width / height);
  if (image >= images) {
    return;
  }
  float sum = 0;
  for (int tap = 0; tap < 9; tap++) {
    const int row = p + tap / 3 - 1, column = q + tap % 3 - 1;
    if (row < 0 || row >= height || column < 0 || column >= width) {
      continue;
    }
    const f16* pixel = x + (((long long)image * height + row) * width + column) * in;
    const f16* weights = w + ((long long)o * 9 + tap) * in;
    for (int c = 0; c < in; c++) {
      sum += to_float(pixel[c]) * to_float(weights[c]);
    }
  }
  y[at] = from_float<f16>(sum);
}
HB_REGISTER(rung_conv_naive, 256)

// The matrix product of registers.cuh, whose left operand's rows are found in the image: implicit GEMM. Grid (ceil(pixels/128),
// ceil(out/128)).
RUNG(registers, OUTER_THREADS) {
  register_tile(taps(x, images, height, width, in), w, y, images * height * width, out, 9 * in);
}
HB_REGISTER(rung_conv_registers, OUTER_THREADS)

// The matrix that the other rungs only think of, written to memory: row = pixel, k = tap·in + channel. Then a matrix product does
// the rest. A thread moves 8 channels; grid ceil(pixels·9·in/8/256).
extern "C" __global__ void __launch_bounds__(256)
    rung_conv_im2col(const f16* x, f16* matrix, int images, int height, int width, int in) {
  const long long at = ((long long)blockIdx.x * 256 + threadIdx.x) * 8;
  const int k = 9 * in;
  if (at < (long long)images * height * width * k) {
    const auto rows = taps(x, images, height, width, in);
    const f16* from = rows.at(rows.row((int)(at / k)), rows.column((int)(at % k)));
    const Vec<f16> zeros{};
    store_vec(matrix + at, from ? load_vec(from) : zeros);
  }
}
HB_REGISTER(rung_conv_im2col, 256)

// Tensor cores and a pipeline, the rows found in the image. Grid as for registers.
RUNG(pipeline, MmaTile::THREADS) { pipeline(taps(x, images, height, width, in), w, y, images * height * width, out, 9 * in); }
HB_REGISTER(rung_conv_pipeline, MmaTile::THREADS)
