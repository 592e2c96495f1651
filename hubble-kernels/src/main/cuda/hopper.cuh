// SPDX-License-Identifier: Apache-2.0
//
// Hopper's own tensor core instructions (sm_90a): wgmma multiplies straight from shared memory, without a warp's having to
// load fragments, while its threads go on. One instruction per wrapper, as in device.cuh; the emulator's are in
// src/test/cuda/emulator/hopper_emulated.h.
//
// Defines HB_WGMMA where these are to be used.
#pragma once
#include "device.cuh"

#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
#define HB_WGMMA
#endif

#ifdef HB_EMULATED
#include "hopper_emulated.h"
#elif defined(HB_WGMMA)

// Registers may be used by the wgmma that follow.
__device__ __forceinline__ void wgmma_fence() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
__device__ __forceinline__ void wgmma_commit() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }
// All but the last N groups are done.
template <int N>
__device__ __forceinline__ void wgmma_wait() {
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(N) : "memory");
}
// What the thread wrote to shared memory is seen by wgmma.
__device__ __forceinline__ void fence_shared() { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); }

// Where a matrix begins in shared memory: rows of 64 bytes, their chunks of 16 exchanged as matmul.cuh has them, which is the
// hardware's 64-byte swizzle; groups of 8 rows are 512 bytes apart, and the matrix begins at a multiple of that.
__device__ __forceinline__ u64 matrix_descriptor(const void* p) {
  return (u64)(shared_address(p) >> 4 & 0x3fff) | (u64)1 << 16 | (u64)(512 >> 4) << 32 | (u64)2 << 62;
}

#define HB_D4(j) "+f"(d[j][0]), "+f"(d[j][1]), "+f"(d[j][2]), "+f"(d[j][3])
#define HB_D16(j) HB_D4(j), HB_D4(j + 1), HB_D4(j + 2), HB_D4(j + 3)
#define HB_R16_0 "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15"
#define HB_R16_1 "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31"
#define HB_R16_2 "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47"
#define HB_R16_3 "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63"
#define HB_R16_4 "%64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79"

// d += A Bᵀ for 64 rows of A and N of B, 16 deep: each warp of the four gets 16 rows, as mma.m16n8k16 would leave them.
template <class T>
struct Wgmma;
#define HB_WGMMA_TYPE(T, S)                                                                                                 \
  template <>                                                                                                               \
  struct Wgmma<T> {                                                                                                         \
    static __device__ __forceinline__ void multiply(float (&d)[4][4], u64 a, u64 b) {                                      \
      asm volatile("wgmma.mma_async.sync.aligned.m64n32k16.f32." S "." S " {" HB_R16_0 "}, %16, %17, 1, 1, 1, 0, 0;"       \
                   : HB_D16(0)                                                                                              \
                   : "l"(a), "l"(b));                                                                                       \
    }                                                                                                                       \
    static __device__ __forceinline__ void multiply(float (&d)[8][4], u64 a, u64 b) {                                      \
      asm volatile("wgmma.mma_async.sync.aligned.m64n64k16.f32." S "." S " {" HB_R16_0 ", " HB_R16_1                       \
                   "}, %32, %33, 1, 1, 1, 0, 0;"                                                                            \
                   : HB_D16(0), HB_D16(4)                                                                                   \
                   : "l"(a), "l"(b));                                                                                       \
    }                                                                                                                       \
    static __device__ __forceinline__ void multiply(float (&d)[16][4], u64 a, u64 b) {                                     \
      asm volatile("wgmma.mma_async.sync.aligned.m64n128k16.f32." S "." S " {" HB_R16_0 ", " HB_R16_1 ", " HB_R16_2        \
                   ", " HB_R16_3 "}, %64, %65, 1, 1, 1, 0, 0;"                                                              \
                   : HB_D16(0), HB_D16(4), HB_D16(8), HB_D16(12)                                                            \
                   : "l"(a), "l"(b));                                                                                       \
    }                                                                                                                       \
    static __device__ __forceinline__ void multiply(float (&d)[20][4], u64 a, u64 b) {                                     \
      asm volatile("wgmma.mma_async.sync.aligned.m64n160k16.f32." S "." S " {" HB_R16_0 ", " HB_R16_1 ", " HB_R16_2        \
                   ", " HB_R16_3 ", " HB_R16_4 "}, %80, %81, 1, 1, 1, 0, 0;"                                                \
                   : HB_D16(0), HB_D16(4), HB_D16(8), HB_D16(12), HB_D16(16)                                                \
                   : "l"(a), "l"(b));                                                                                       \
    }                                                                                                                       \
  };
HB_WGMMA_TYPE(f16, "f16")
HB_WGMMA_TYPE(bf16, "bf16")
#endif
