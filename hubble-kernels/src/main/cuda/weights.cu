// SPDX-License-Identifier: Apache-2.0
//
// Repacks a filter from PyTorch's [out,in,taps] to the rows that the matmul kernels read, [out][kp], element tap·in + c: so
// that 16 bytes of a row are channels of one tap, as 16 bytes of an NHWC image are. Rows end in zeros, so that every row
// starts at a multiple of 16 bytes. Runs once per weight; a thread per packed element.
//
// A 3x3 filter for images that are doubled is packed as the four 2x2 filters of upsample_conv.cu, [4][out][kp].
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

// Which of the two rows of phase `a` the tap row r of three reads: upsampled row 2i + a + r - 1 is row ⌊(a + r - 1) / 2⌋ + i of the
// small image, and the phase's first is a - 1 + i.
__device__ __forceinline__ int row_in_phase(int a, int r) { return (a + r + 1) / 2 - a; }

// Element (phase, o, (2i + j)·in + c) is the sum of the taps that read the same pixel, rounded once.
template <class S, class T>
__device__ __forceinline__ void pack_phases(const S* w, T* packed, int out, int in, int kp) {
  long long at = (long long)blockIdx.x * THREADS + threadIdx.x;
  if (at < 4LL * out * kp) {
    int k = (int)(at % kp), tap = k / in, c = k % in, phase = (int)(at / kp / out);
    long long o = at / kp % out;
    float sum = 0;
    for (int r = 0; r < 3; r++) {
      for (int s = 0; s < 3; s++) {
        if (row_in_phase(phase >> 1, r) * 2 + row_in_phase(phase & 1, s) == tap) {
          sum += to_float(w[(o * in + c) * 9 + r * 3 + s]);
        }
      }
    }
    packed[at] = from_float<T>(sum);
  }
}

// The 3x3 filter again, as `pack` would have it, for an image that is not doubled. Along an axis the phases have w0, w1 + w2 and
// w0 + w1, w2: the middle tap is the mean of two differences, ½ (w1 + w2 - w2) + ½ (w0 + w1 - w0), and so off by what the sums were
// rounded.
template <class T>
__device__ __forceinline__ void unpack_phases(const T* phases, T* packed, int out, int in, int from, int kp) {
  long long at = (long long)blockIdx.x * THREADS + threadIdx.x;
  if (at < (long long)out * kp) {
    long long o = at / kp;
    int k = (int)(at % kp), tap = k / in, c = k % in;
    float sum = 0;
    for (int p = 0; p < 16; p++) {  // bits a, b, i, j
      // How much of the tap row (or column) r is in row i of phase a.
      auto share = [](int r, int a, int i) { return r == 1 ? (a == i ? -0.5f : 0.5f) : (r == a * 2 && i == a ? 1.0f : 0.0f); };
      const float factor = share(tap / 3, p >> 3, p >> 1 & 1) * share(tap % 3, p >> 2 & 1, p & 1);
      sum += factor * to_float(phases[((p >> 2) * (long long)out + o) * from + (p & 3) * in + c]);
    }
    packed[at] = from_float<T>(sum);
  }
}

#define HB_PACK(S, FROM, T, TO)                                                                     \
  extern "C" __global__ void __launch_bounds__(THREADS)                                            \
      hb_pack_##S##_##T(const FROM* w, TO* packed, int out, int in, int taps, int kp) {            \
    pack(w, packed, out, in, taps, kp);                                                             \
  }                                                                                                 \
  HB_REGISTER(hb_pack_##S##_##T, THREADS)                                                           \
  extern "C" __global__ void __launch_bounds__(THREADS)                                            \
      hb_pack_phases_##S##_##T(const FROM* w, TO* packed, int out, int in, int kp) {               \
    pack_phases(w, packed, out, in, kp);                                                            \
  }                                                                                                 \
  HB_REGISTER(hb_pack_phases_##S##_##T, THREADS)
#define HB_UNPACK(S, T)                                                                             \
  extern "C" __global__ void __launch_bounds__(THREADS)                                            \
      hb_unpack_phases_##S(const T* phases, T* packed, int out, int in, int from, int kp) {        \
    unpack_phases(phases, packed, out, in, from, kp);                                               \
  }                                                                                                 \
  HB_REGISTER(hb_unpack_phases_##S, THREADS)

HB_PACK(f32, float, f32, float)
HB_PACK(f32, float, f16, f16)
HB_PACK(f32, float, bf16, bf16)
HB_PACK(f16, f16, f32, float)
HB_PACK(f16, f16, f16, f16)
HB_PACK(f16, f16, bf16, bf16)
HB_PACK(bf16, bf16, f32, float)
HB_PACK(bf16, bf16, f16, f16)
HB_PACK(bf16, bf16, bf16, bf16)

HB_UNPACK(f32, float)
HB_UNPACK(f16, f16)
HB_UNPACK(bf16, bf16)
