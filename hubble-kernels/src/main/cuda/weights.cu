// SPDX-License-Identifier: Apache-2.0
//
// Repacks a filter from PyTorch's [out,in,taps] to the rows that the matmul kernels read, [out][kp], element tap·in + c: so
// that 16 bytes of a row are channels of one tap, as 16 bytes of an NHWC image are. Rows end in zeros, so that every row
// starts at a multiple of 16 bytes. Runs once per weight; a thread per packed element.
#include "device.cuh"

constexpr int THREADS = 256;

template <class S, class T>
__device__ __forceinline__ void pack(const S* w, T* packed, int out, int in, int taps, int kp) {
  long long i = (long long)blockIdx.x * THREADS + threadIdx.x;
  if (i < (long long)out * kp) {
    long long o = i / kp;
    int k = (int)(i % kp), tap = k / in, c = k % in;
    packed[i] = from_float<T>(tap < taps ? to_float(w[(o * in + c) * taps + tap]) : 0.0f);
  }
}

#define HB_PACK(S, FROM, T, TO)                                                                     \
  extern "C" __global__ void __launch_bounds__(THREADS)                                            \
      hb_pack_##S##_##T(const FROM* w, TO* packed, int out, int in, int taps, int kp) {            \
    pack(w, packed, out, in, taps, kp);                                                             \
  }                                                                                                 \
  HB_REGISTER(hb_pack_##S##_##T, THREADS)

HB_PACK(f32, float, f32, float)
HB_PACK(f32, float, f16, f16)
HB_PACK(f32, float, bf16, bf16)
HB_PACK(f16, f16, f32, float)
HB_PACK(f16, f16, f16, f16)
HB_PACK(f16, f16, bf16, bf16)
HB_PACK(bf16, bf16, f32, float)
HB_PACK(bf16, bf16, f16, f16)
HB_PACK(bf16, bf16, bf16, bf16)
