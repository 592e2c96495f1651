// SPDX-License-Identifier: Apache-2.0
//
// Linear layers, y = act(x wᵀ + bias) + residual: the matmul of matmul.cuh over the rows of a matrix, or of two that stand side
// by side (a skip connection's shortcut). And the sum of the parts of a split matmul, which serves convolutions too.
//
// Splitting: with few rows (8x8 and 16x16 images) there are fewer tiles than multiprocessors. Then `splits` blocks share a
// tile, each with its part of k, and write float sums; hb_split_sum adds them in order, so that the result is always the same.
#include "matmul.cuh"
#include "matmul_plain.cuh"

#define HB_LINEAR(NAME, T, BODY, BLOCK)                                                                                    \
  extern "C" __global__ void __launch_bounds__(BLOCK, 2)                                                                      \
      hb_linear_##NAME(const T* x, const T* x2, const T* w, const T* bias, const T* residual, T* y, float* partial,         \
                       float2* moments, int m, int n, int k, int k1, int kp, int activation, int splits) {                 \
    MatrixRows<T> rows{x, x2, m, k, k1};                                                                                    \
    Epilogue<T> epilogue{bias, nullptr, residual, y, moments, m, n, m, activation};                                         \
    BODY(rows, w, epilogue, partial, kp, splits, blockIdx.z);                                                                           \
  }                                                                                                                         \
  HB_REGISTER(hb_linear_##NAME, BLOCK)
#define HB_TENSOR(T, L, VECTORS) matmul<T, MatrixRows<T>, L, VECTORS>
#define HB_LINEARS(S, T)                                                             \
  HB_LINEAR(S##_128x160, T, (HB_TENSOR(T, Tile128x160, true)), Tile128x160::THREADS) \
  HB_LINEAR(S##_128x128, T, (HB_TENSOR(T, Tile128x128, true)), Tile128x128::THREADS) \
  HB_LINEAR(S##_64x64, T, (HB_TENSOR(T, Tile64x64, true)), Tile64x64::THREADS)       \
  HB_LINEAR(S##_64x32, T, (HB_TENSOR(T, Tile64x32, true)), Tile64x32::THREADS)       \
  HB_LINEAR(S##_any, T, (HB_TENSOR(T, TileAny, false)), TileAny::THREADS)

HB_LINEARS(f16, f16)
HB_LINEARS(bf16, bf16)
HB_LINEAR(f32, float, matmul_plain, PLAIN_THREADS)

template <class T>
__device__ __forceinline__ void split_sum(const float* partial, const Epilogue<T>& e, int splits) {
  bool pairs = e.activation == GEGLU;
  long long i = (long long)blockIdx.x * 256 + threadIdx.x, size = (long long)e.m * e.n;
  if (i >= (pairs ? size / 2 : size)) {
    return;
  }
  if (pairs) {
    float value = 0, gate = 0;
    for (int s = 0; s < splits; s++) {
      value += partial[s * size + 2 * i];
      gate += partial[s * size + 2 * i + 1];
    }
    e.store(e.finish_pair(value, gate, (int)(i % (e.n >> 1))), i);
  } else {
    float sum = 0;
    for (int s = 0; s < splits; s++) {
      sum += partial[s * size + i];
    }
    e.store(e.finish(sum, (int)(i / e.n), (int)(i % e.n)), i);
  }
}

// The same for 64 rows and 64 columns, with their moments: thread t does the columns 2·(t%32) and the next of every eighth row.
// All that it reads is on its way at once, and then waits in shared memory, so that the code that finishes stands there once.
template <class T>
__device__ __forceinline__ void split_sum_moments(const float* partial, const Epilogue<T>& e, int splits) {
  constexpr int SLOTS = 8, PAIRS = 32, ROWS = UNIT / SLOTS;
  HB_SHARED(float2, slots, SLOTS * PAIRS);
  HB_SHARED(float2, sums, UNIT * PAIRS);
  HB_SHARED(u32, added, UNIT * PAIRS);
  const int slot = threadIdx.x / PAIRS, pair = threadIdx.x % PAIRS, row = blockIdx.x * UNIT, column = (blockIdx.y * PAIRS + pair) * 2;
  const long long size = (long long)e.m * e.n;
  float2 sum[ROWS] = {};
  const float* from = partial + (long long)(row + slot) * e.n + column;
  for (int s = 0; s < splits && column < e.n; s++, from += size) {
#pragma unroll
    for (int i = 0; i < ROWS; i++) {
      const float2 part = *(const float2*)(from + (long long)i * SLOTS * e.n);
      sum[i].x += part.x;
      sum[i].y += part.y;
    }
  }
#pragma unroll
  for (int i = 0; i < ROWS; i++) {
    added[i * 256 + threadIdx.x] = e.residual_word(row + i * SLOTS + slot, column);
    sums[i * 256 + threadIdx.x] = sum[i];
  }
  PairMoments<ROWS> moments;
#pragma unroll 1
  for (int at = threadIdx.x; at < UNIT * PAIRS; at += 256) {
    const float2 stored = e.store_two(sums[at].x, sums[at].y, added[at], row + at / PAIRS, column);
    moments.start = at < 256 ? stored : moments.start;
    moments.add(stored);
  }
  slots[threadIdx.x] = moments.result();
  __syncthreads();
  float2* to = slot == 0 ? e.moments_of(row, column) : nullptr;
  if (to) {
    *to = merge_tree<SLOTS>(slots + pair, PAIRS, 2 * ROWS);
  }
}

#define HB_SPLIT_SUM(S, T)                                                                                                       \
  extern "C" __global__ void __launch_bounds__(256)                                                                             \
      hb_split_sum_##S(const float* partial, const T* bias, const T* image_vector, const T* residual, T* y, int m, int n,       \
                       int rows_per_image, int activation, int splits) {                                                        \
    split_sum(partial, Epilogue<T>{bias, image_vector, residual, y, nullptr, m, n, rows_per_image, activation}, splits);        \
  }                                                                                                                              \
  HB_REGISTER(hb_split_sum_##S, 256)
#define HB_SPLIT_SUM_MOMENTS(S, T)                                                                                       \
  extern "C" __global__ void __launch_bounds__(256)                                                                             \
      hb_split_sum_moments_##S(const float* partial, const T* bias, const T* image_vector, const T* residual, T* y,             \
                               float2* moments, int m, int n, int rows_per_image, int activation, int splits) {                 \
    split_sum_moments(partial, Epilogue<T>{bias, image_vector, residual, y, moments, m, n, rows_per_image, activation}, splits); \
  }                                                                                                                              \
  HB_REGISTER(hb_split_sum_moments_##S, 256)

HB_SPLIT_SUM(f16, f16)
HB_SPLIT_SUM(bf16, bf16)
HB_SPLIT_SUM(f32, float)
HB_SPLIT_SUM_MOMENTS(f16, f16)
HB_SPLIT_SUM_MOMENTS(f32, float)
