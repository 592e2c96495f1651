// SPDX-License-Identifier: Apache-2.0
//
// Convolutions as implicit GEMM: the matmul of matmul.cuh, whose left operand is the image itself, read through the
// arithmetic of rows.cuh. Rows are output pixels (m = images·out_height·out_width), columns output channels, and k runs over taps and
// in each over channels, so that eight neighbours along k are 16 bytes of one pixel. Borders are zeros that cp.async fills
// in; a nearest-neighbour resize before the convolution costs a division in the address, not a larger image. (Where it doubles the
// image, fewer multiplications do: upsample_conv.cu.)
#include "matmul.cuh"
#include "matmul_plain.cuh"

#define HB_CONV(NAME, T, BODY, BLOCK)                                                                                        \
  extern "C" __global__ void __launch_bounds__(BLOCK, 2)                                                                       \
      hb_conv_##NAME(const T* x, const T* w, const T* bias, const T* image_vector, const T* residual, T* y, float* partial, \
                     float2* moments, int images, int height, int width, int in, int view_height, int view_width,           \
                     int out_height, int out_width, int out, int kh, int kw, int stride, int top, int left, int kp,         \
                     int splits) {                                                                                           \
    ImageRows<T> rows{x, {images, height, width, in, view_height, view_width, out_height, out_width, kh, kw, stride, top, left}}; \
    int places = out_height * out_width;                                                                                    \
    Epilogue<T> epilogue{bias, image_vector, residual, y, moments, images * places, out, places, NONE};                     \
    BODY(rows, w, epilogue, partial, kp, splits, blockIdx.z);                                                                           \
  }                                                                                                                          \
  HB_REGISTER(hb_conv_##NAME, BLOCK)
#define HB_TENSOR(T, L, VECTORS) matmul<T, ImageRows<T>, L, VECTORS>
#define HB_CONVS(S, T)                                                             \
  HB_CONV(S##_128x160, T, (HB_TENSOR(T, Tile128x160, true)), Tile128x160::THREADS) \
  HB_CONV(S##_128x128, T, (HB_TENSOR(T, Tile128x128, true)), Tile128x128::THREADS) \
  HB_CONV(S##_64x64, T, (HB_TENSOR(T, Tile64x64, true)), Tile64x64::THREADS)       \
  HB_CONV(S##_64x32, T, (HB_TENSOR(T, Tile64x32, true)), Tile64x32::THREADS)       \
  HB_CONV(S##_any, T, (HB_TENSOR(T, TileAny, false)), TileAny::THREADS)

HB_CONVS(f16, f16)
HB_CONVS(bf16, bf16)
HB_CONV(f32, float, matmul_plain, PLAIN_THREADS)
