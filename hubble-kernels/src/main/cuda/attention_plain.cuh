// SPDX-License-Identifier: Apache-2.0
//
// Attention for any head size up to 512 and in float32, without tensor cores: for the tiny models of tests, whose heads are
// 2, 4 or 8 wide, and for the float32 mode. A block has 8 queries, a warp each. For 32 keys at a time every lane computes
// the logit of one key (the keys come through shared memory, in slices of 64 channels, rows of odd length so that lanes meet
// different banks); then every lane sums its channels lane, lane + 32, … over the keys, whose weights the warp shares.
#pragma once
#include "attention.cuh"

struct PlainShape {
  static constexpr int QUERIES = 8, KEYS = 32, THREADS = 256, SLICE = 64, STRIDE = SLICE + 1, PER_LANE = 16;
};

template <class T>
__device__ __forceinline__ void attention_plain(Heads<T> h) {
  using S = PlainShape;
  HB_DYNAMIC_SHARED(float, shared);
  const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5, q0 = blockIdx.x * S::QUERIES;
  h.select();
  float *q = shared + warp * h.d, *slice = shared + S::QUERIES * h.d, *weights = slice + S::KEYS * S::STRIDE + warp * S::KEYS;
  const int row = q0 + warp;
  for (int c = lane; c < h.d; c += 32) {
    q[c] = row < h.queries ? to_float(h.q[(long long)row * h.q_stride + c]) * h.scale : 0.0f;
  }

  float out[S::PER_LANE] = {}, max = UNSEEN, total = 0;
  const int keys = h.seen(q0 + S::QUERIES), limit = h.causal && row < keys ? row + 1 : keys;
  for (int first = 0; first < keys; first += S::KEYS) {
    float z = 0;
    for (int from = 0; from < h.d; from += S::SLICE) {
      const int width = h.d - from < S::SLICE ? h.d - from : S::SLICE;
      __syncthreads();
      for (int i = threadIdx.x; i < S::KEYS * S::SLICE; i += S::THREADS) {
        int key = i / S::SLICE, c = i % S::SLICE;
        if (c < width) {
          slice[key * S::STRIDE + c] = first + key < keys ? to_float(h.k[(long long)(first + key) * h.kv_stride + from + c]) : 0.0f;
        }
      }
      __syncthreads();
      for (int c = 0; c < width; c++) {
        z += q[from + c] * slice[lane * S::STRIDE + c];
      }
    }
    z = first + lane < limit ? z : UNSEEN;
    float top = max > z ? max : z;
#pragma unroll
    for (int distance = 16; distance; distance /= 2) {
      float other = __shfl_xor_sync(ALL_LANES, top, distance);
      top = top > other ? top : other;
    }
    const float factor = expf(max - top), p = expf(z - top);
    max = top;
    total = total * factor + p;
    weights[lane] = p;
    __syncwarp();  // those of the keys before have been read: every turn begins with a __syncthreads
#pragma unroll
    for (int i = 0; i < S::PER_LANE; i++) {
      out[i] *= factor;
    }
    for (int key = 0; key < S::KEYS && first + key < keys; key++) {
      const float weight = weights[key];
      const T* v = h.v + (long long)(first + key) * h.kv_stride;
#pragma unroll
      for (int i = 0; i < S::PER_LANE; i++) {
        if (i * 32 + lane < h.d) {
          out[i] += weight * to_float(v[i * 32 + lane]);
        }
      }
    }
  }
#pragma unroll
  for (int distance = 16; distance; distance /= 2) {
    total += __shfl_xor_sync(ALL_LANES, total, distance);
  }
  if (row < h.queries) {
#pragma unroll
    for (int i = 0; i < S::PER_LANE; i++) {
      if (i * 32 + lane < h.d) {
        h.y[(long long)row * h.y_stride + i * 32 + lane] = from_float<T>(out[i] / total);
      }
    }
  }
}
