// SPDX-License-Identifier: Apache-2.0
//
// Where attention's operands lie, and the softmax that all its kernels share.
#pragma once
#include "device.cuh"

constexpr u32 ALL_LANES = 0xffffffffu;
// Of a key that is not seen: finite, so that a row of nothing else does not give inf - inf.
constexpr float UNSEEN = -1e30f;
constexpr float LOG2_E = 1.4426950408889634f;

template <class T>
struct Heads {
  const T *q, *k, *v;
  T* y;
  int queries, keys, d, q_stride, kv_stride, y_stride;
  float scale;
  int causal;

  // Moves to the head and image of this block.
  __device__ __forceinline__ void select() {
    long long head = (long long)blockIdx.y * d;
    q += (long long)blockIdx.z * queries * q_stride + head;
    k += (long long)blockIdx.z * keys * kv_stride + head;
    v += (long long)blockIdx.z * keys * kv_stride + head;
    y += (long long)blockIdx.z * queries * y_stride + head;
  }

  // How many keys any of the queries below `end` sees.
  __device__ __forceinline__ int seen(int end) const { return causal && end < keys ? end : keys; }
};

// A row's running maximum and sum, in units of log 2, while its logits come tile by tile (Milakov & Gimelshein, 2018,
// arXiv:1805.02867).
struct Softmax {
  float max = UNSEEN, sum = 0;

  // Takes in a new maximum; returns what earlier results are to be multiplied by.
  __device__ __forceinline__ float raise(float to) {
    float factor = exp2_approx(max - to);
    max = to;
    sum *= factor;
    return factor;
  }
};

// The four lanes of a quad hold a fragment's row together.
__device__ __forceinline__ float quad_max(float v) {
  float other = __shfl_xor_sync(ALL_LANES, v, 1);
  v = v > other ? v : other;
  other = __shfl_xor_sync(ALL_LANES, v, 2);
  return v > other ? v : other;
}
__device__ __forceinline__ float quad_sum(float v) {
  v += __shfl_xor_sync(ALL_LANES, v, 1);
  return v + __shfl_xor_sync(ALL_LANES, v, 2);
}

// Brings rows first .. first+ROWS-1 of a matrix, CHUNKS times 8 elements of each, to shared rows of STRIDE elements; what
// lies behind `rows` or behind element d is zero.
template <class T, int ROWS, int CHUNKS, int STRIDE, int THREADS>
__device__ __forceinline__ void load_rows(T* shared, const T* from, int stride, int first, int rows, int d) {
  for (int i = threadIdx.x; i < ROWS * CHUNKS; i += THREADS) {
    int r = i / CHUNKS, c = i % CHUNKS * 8;
    bool valid = first + r < rows && c < d;
    copy16(shared + r * STRIDE + c, valid ? from + (long long)(first + r) * stride + c : from, valid);
  }
}
