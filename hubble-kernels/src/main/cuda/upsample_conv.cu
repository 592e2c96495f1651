// SPDX-License-Identifier: Apache-2.0
//
// A 3x3 convolution of an image that has been doubled (nearest neighbour), computed from the small image x. Of the three rows that a
// pixel's filter covers, two are copies of one. So a row of w sums to two taps, which depend on whether the pixel's row 2i + a is even
// or odd, and the same holds along columns:
//
//   y[2i+a, 2j+b] = Σ w_ab[u, v] · x[i+a-1+u, j+b-1+v],   u, v = 0, 1,   w_ab[u, v] = Σ w[r, s] over r in R(a, u), s in R(b, v)
//   R(0, 0) = {0}    R(0, 1) = {1, 2}    R(1, 0) = {0, 1}    R(1, 1) = {2}
//
// The pixels of one parity of rows and columns, a phase, are thus a 2x2 convolution with a filter of their own and with a border of
// zeros, as w's was: 4 multiplications for each 9. The sums w_ab are made once, when the weight is packed (weights.cu).
//
// To matmul.cuh a phase is a convolution as in conv.cu, whose rows are the small image's pixels; the grid's z runs over all four. Where a
// row goes in y is the epilogue's to know.
#include "matmul.cuh"
#include "matmul_plain.cuh"

#define HB_UPSAMPLE_CONV(NAME, T, BODY, BLOCK)                                                                                   \
  extern "C" __global__ void __launch_bounds__(BLOCK, 2)                                                                        \
      hb_upsample_conv_##NAME(const T* x, const T* w, const T* bias, T* y, float* partial, float2* moments, int images,          \
                              int height, int width, int in, int out, int kp, int splits) {                                     \
    const int phase = blockIdx.z / splits, split = blockIdx.z % splits, places = height * width;                                \
    ImageRows<T> rows{x, {images, height, width, in, height, width, height, width, 2, 2, 1, 1 - (phase >> 1), 1 - (phase & 1)}}; \
    Epilogue<T> epilogue{bias, nullptr, nullptr, y, moments, images * places, out, places, NONE, phase, width};                 \
    BODY(rows, w + (long long)phase * out * kp, epilogue, partial, kp, splits, split);                                          \
  }                                                                                                                              \
  HB_REGISTER(hb_upsample_conv_##NAME, BLOCK)
#define HB_TENSOR(T, L, VECTORS) matmul<T, ImageRows<T>, L, VECTORS>
#define HB_UPSAMPLE_CONVS(S, T)                                                             \
  HB_UPSAMPLE_CONV(S##_128x160, T, (HB_TENSOR(T, Tile128x160, true)), Tile128x160::THREADS) \
  HB_UPSAMPLE_CONV(S##_128x128, T, (HB_TENSOR(T, Tile128x128, true)), Tile128x128::THREADS) \
  HB_UPSAMPLE_CONV(S##_64x64, T, (HB_TENSOR(T, Tile64x64, true)), Tile64x64::THREADS)       \
  HB_UPSAMPLE_CONV(S##_64x32, T, (HB_TENSOR(T, Tile64x32, true)), Tile64x32::THREADS)       \
  HB_UPSAMPLE_CONV(S##_any, T, (HB_TENSOR(T, TileAny, false)), TileAny::THREADS)

HB_UPSAMPLE_CONVS(f16, f16)
HB_UPSAMPLE_CONVS(bf16, bf16)
HB_UPSAMPLE_CONV(f32, float, matmul_plain, PLAIN_THREADS)
