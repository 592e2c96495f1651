// SPDX-License-Identifier: Apache-2.0
//
// The words of CUDA C++ that the kernels use, for g++.
#pragma once
#include <cmath>
#include <cstring>

#include "block.h"
#include "launch.h"

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
#define __align__(n) __attribute__((aligned(n)))

struct alignas(16) uint4 {
  unsigned x, y, z, w;
};
struct alignas(8) uint2 {
  unsigned x, y;
};
struct alignas(16) float4 {
  float x, y, z, w;
};
struct alignas(8) float2 {
  float x, y;
};

#define threadIdx (emu::block->current->thread)
#define blockIdx (emu::block->index)
#define blockDim (emu::block->size)
#define gridDim (emu::block->grid)
#define __syncthreads() emu::sync_threads()

inline void __syncwarp(unsigned = ~0u) {
  emu::collective([](emu::Exchange&, int) {}, [](emu::Exchange&) {});
}

template <class T>
inline T emu_shuffle(T v, int from) {
  uint64_t bits = 0;
  memcpy(&bits, &v, sizeof v);
  auto& x = emu::collective([bits](emu::Exchange& e, int lane) { e.value[lane] = bits; }, [](emu::Exchange&) {});
  T r;
  memcpy(&r, &x.value[from & 31], sizeof r);
  return r;
}
template <class T>
inline T __shfl_xor_sync(unsigned, T v, int mask) {
  return emu_shuffle(v, emu::block->current->lane ^ mask);
}

inline float __uint_as_float(unsigned u) {
  float f;
  memcpy(&f, &u, 4);
  return f;
}
inline unsigned __float_as_uint(float f) {
  unsigned u;
  memcpy(&u, &f, 4);
  return u;
}
inline float rsqrtf(float x) { return 1.0f / sqrtf(x); }
inline float normcdff(float x) { return (float)(0.5 * erfc(-(double)x * 0.70710678118654752440)); }
