// SPDX-License-Identifier: Apache-2.0
//
// Hopper's own instructions (sm_90a): wgmma multiplies straight from shared memory, without a warp's having to load
// fragments, while its threads go on; TMA brings whole boxes of a tensor there, and an mbarrier counts their bytes; the blocks of
// a cluster run side by side, and a box can come to several of them at once. One instruction per wrapper, as in device.cuh; the emulator's are in src/test/cuda/emulator (hopper_emulated.h, tma_emulated.h).
//
// Defines HB_WGMMA where matmul.cuh is to use wgmma.
#pragma once
#include "device.cuh"

#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
#define HB_WGMMA
#endif

#ifdef HB_EMULATED
#include "hopper_emulated.h"
#include "tma_emulated.h"
#else

// How a tensor lies in memory and what box of it is copied: cuTensorMapEncodeTiled writes it, only the hardware reads it.
struct __align__(64) TensorMap {
  u64 opaque[16];
};
#define HB_GRID_CONSTANT const __grid_constant__
#endif

#if !defined(HB_EMULATED) && defined(HB_WGMMA)

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

// The same for rows of 128 bytes and the 128-byte swizzle; groups of 8 rows are 1024 bytes apart, as the matrix's start.
__device__ __forceinline__ u64 matrix_descriptor128(const void* p) {
  return (u64)(shared_address(p) >> 4 & 0x3fff) | (u64)1 << 16 | (u64)(1024 >> 4) << 32 | (u64)1 << 62;
}

// Waits for the other 127 threads of group 0 or 1 that call it.
__device__ __forceinline__ void group_sync(int group) { asm volatile("bar.sync %0, 128;" ::"r"(group + 1) : "memory"); }

// ---- mbarriers: a phase ends when all have arrived and all announced bytes have ----

__device__ __forceinline__ void mbarrier_init(u64* barrier, int arrivals) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(shared_address(barrier)), "r"(arrivals) : "memory");
}
// What was initialised is seen by the copies, and by the cluster's other blocks once a barrier has brought them here.
__device__ __forceinline__ void mbarrier_fence() { asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory"); }
// Arrives, and announces bytes that copies will bring.
__device__ __forceinline__ void mbarrier_arrive_expect(u64* barrier, int bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(shared_address(barrier)), "r"(bytes) : "memory");
}
// Whether the phase of this parity has ended, after a while of waiting for it. (Before the first phase, 1 has.)
__device__ __forceinline__ bool mbarrier_try(u64* barrier, int parity) {
  u32 ended;
  asm volatile("{\n.reg .pred p;\nmbarrier.try_wait.parity.shared::cta.b64 p, [%1], %2;\nselp.u32 %0, 1, 0, p;\n}"
               : "=r"(ended)
               : "r"(shared_address(barrier)), "r"(parity)
               : "memory");
  return ended;
}

// ---- TMA: brings the box at the given coordinates, zeros where it reaches beyond the tensor; the bytes count for `barrier` ----

__device__ __forceinline__ void tensor_copy(void* shared, const TensorMap* map, int x0, int x1, int x2, u64* barrier) {
  asm volatile("cp.async.bulk.tensor.3d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1, {%3, %4, %5}], [%2];" ::"r"(
                   shared_address(shared)),
               "l"(map), "r"(shared_address(barrier)), "r"(x0), "r"(x1), "r"(x2)
               : "memory");
}
__device__ __forceinline__ void tensor_copy(void* shared, const TensorMap* map, int x0, int x1, int x2, int x3, u64* barrier) {
  asm volatile("cp.async.bulk.tensor.4d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1, {%3, %4, %5, %6}], [%2];" ::"r"(
                   shared_address(shared)),
               "l"(map), "r"(shared_address(barrier)), "r"(x0), "r"(x1), "r"(x2), "r"(x3)
               : "memory");
}

// ---- clusters: without one, a block is alone in its own ----

__device__ __forceinline__ int cluster_size() {
  int n;
  asm("mov.u32 %0, %%cluster_nctaid.x;" : "=r"(n));
  return n;
}
__device__ __forceinline__ int cluster_rank() {
  int rank;
  asm("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
  return rank;
}
// The barrier of all threads of all blocks, in two parts. Of what was written before only what a fence has told of is seen by
// the others: releasing everything would wait for the writes to global memory.
__device__ __forceinline__ void cluster_arrive() { asm volatile("barrier.cluster.arrive.relaxed;" ::: "memory"); }
__device__ __forceinline__ void cluster_wait() { asm volatile("barrier.cluster.wait.acquire;" ::: "memory"); }
// Where the block `rank` has what stands at this place here: for mbarrier_arrive_at.
__device__ __forceinline__ u32 cluster_address(const void* shared, int rank) {
  u32 there;
  asm("mapa.shared::cluster.u32 %0, %1, %2;" : "=r"(there) : "r"(shared_address(shared)), "r"(rank));
  return there;
}
// Tells that reads are done, in whichever block. It carries no writes to other blocks: for that it would have to say
// .release.cluster, before which the compiler puts a membar, in every step.
__device__ __forceinline__ void mbarrier_arrive_at(u32 barrier) {
  asm volatile("mbarrier.arrive.shared::cluster.b64 _, [%0];" ::"r"(barrier) : "memory");
}
// Brings the box to the same place in every block whose bit is set in `ranks`, and counts its bytes for each one's barrier.
__device__ __forceinline__ void tensor_copy_to(u32 ranks, void* shared, const TensorMap* map, int x0, int x1, int x2, u64* barrier) {
  asm volatile(
      "cp.async.bulk.tensor.3d.shared::cluster.global.mbarrier::complete_tx::bytes.multicast::cluster [%0], [%1, {%3, %4, %5}], [%2], %6;" ::"r"(
          shared_address(shared)),
      "l"(map), "r"(shared_address(barrier)), "r"(x0), "r"(x1), "r"(x2), "h"((u16)ranks)
      : "memory");
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
