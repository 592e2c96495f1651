// SPDX-License-Identifier: Apache-2.0
//
// Linear layers and convolutions of stride 1 on Hopper: one kernel, as a linear layer is a convolution over one row of pixels, and one
// of an image that is doubled is four of the image as it is.
// Other targets have linear.cu, conv.cu and upsample_conv.cu, which also do the shapes that are no boxes; here this file is empty for them.
#include "hopper.cuh"

#if defined(HB_EMULATED) || defined(HB_WGMMA)
#include "hopper_matmul.cuh"

#define HB_HOPPER(NAME, T, L)                                                                                                \
  extern "C" __global__ void __launch_bounds__(L::THREADS, 1)                                                                \
      hb_hopper_##NAME(HB_GRID_CONSTANT TensorMap a, HB_GRID_CONSTANT TensorMap b, const T* bias, const T* image_vector,     \
                       const T* residual, T* y, float* partial, float2* moments, int m, int n, int rows_per_image,           \
                       int activation, int in, int kw, int taps, int width, int height, int top, int left, int phases,       \
                       int splits) {                                                                                         \
    HopperShape shape{in, kw, taps, width, height, top, left, phases, splits, cluster_size(), cluster_rank()};               \
    Epilogue<T> epilogue{bias, image_vector, residual, y, moments, m, n, rows_per_image, activation, NO_PHASE, width};       \
    hopper_matmul<T, L>(&a, &b, shape, epilogue, partial);                                                                   \
  }                                                                                                                          \
  HB_REGISTER(hb_hopper_##NAME, L::THREADS)

HB_HOPPER(f16_128x160, f16, Hopper128x160)
HB_HOPPER(f16_128x128, f16, Hopper128x128)
HB_HOPPER(bf16_128x160, bf16, Hopper128x160)
HB_HOPPER(bf16_128x128, bf16, Hopper128x128)
#endif
