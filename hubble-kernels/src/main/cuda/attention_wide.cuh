// SPDX-License-Identifier: Apache-2.0
//
// Attention for one very wide head, the 512 channels of the VAE's middle block, without the 4096x4096 matrix of logits.
//
// A result of 512 columns does not fit in the registers of a warp, so that the head is split over warps: 8 warps are 2 groups of 16
// queries x 4 quarters of 128 columns. For a tile of 32 keys the four warps of a group compute the logits of 8 keys each
// (over the whole depth), exchange them through shared memory, do the same softmax each, and multiply by their quarter of V.
// The logits lie where the keys were, so that all fits in the 99 KB that every GPU since 2020 has. The next values are
// copied while logits are computed, the next keys while V is multiplied.
#pragma once
#include "attention.cuh"

struct WideShape {
  static constexpr int D = 512, QUERIES = 32, KEYS = 32, THREADS = 256, STRIDE = D + 8, LOGITS = KEYS + 4;
};

template <class T>
__device__ __forceinline__ void attention_wide(Heads<T> h) {
  using S = WideShape;
  HB_DYNAMIC_SHARED(T, shared);
  T *sq = shared, *sk = sq + S::QUERIES * S::STRIDE, *sv = sk + S::KEYS * S::STRIDE;
  float* logits = (float*)sk;
  const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5, q0 = blockIdx.x * S::QUERIES;
  const int group = warp >> 2, quarter = warp & 3;
  h.select();
  const int keys = h.seen(q0 + S::QUERIES), tiles = (keys + S::KEYS - 1) / S::KEYS;
  auto load = [&](T* to, const T* from, int tile) {
    load_rows<T, S::KEYS, S::D / 8, S::STRIDE, S::THREADS>(to, from, h.kv_stride, tile * S::KEYS, h.keys, h.d);
    copy_commit();
  };
  load_rows<T, S::QUERIES, S::D / 8, S::STRIDE, S::THREADS>(sq, h.q, h.q_stride, q0, h.queries, h.d);
  load(sk, h.k, 0);

  float out[16][4] = {};
  Softmax rows[2];
  const float to_log2 = h.scale * LOG2_E;
  const int local = group * 16 + (lane >> 2), row = q0 + local;
  for (int tile = 0; tile < tiles; tile++) {
    copy_wait<0>();
    __syncthreads();  // the keys are there, and the last tile's values are done with
    load(sv, h.v, tile);

    float s[4] = {};
#pragma unroll 4
    for (int c = 0; c < S::D; c += 32) {
      u32 a[4], b[4];
      load_matrix4(b, sk + (quarter * 8 + (lane & 7)) * S::STRIDE + c + (lane >> 3) * 8);
      const T* q = sq + (group * 16 + (lane & 15)) * S::STRIDE + c + (lane >> 4) * 8;
      load_matrix4(a, q);
      multiply<T>(s, a, b[0], b[1]);
      load_matrix4(a, q + 16);
      multiply<T>(s, a, b[2], b[3]);
    }
    copy_wait<0>();
    __syncthreads();  // the values are there, and the keys are done with
#pragma unroll
    for (int e = 0; e < 4; e++) {
      logits[(local + e / 2 * 8) * S::LOGITS + quarter * 8 + (lane & 3) * 2 + (e & 1)] = s[e];
    }
    __syncthreads();

    float p[4][4];  // fragments of 8 keys, as mma would have left them
#pragma unroll
    for (int half = 0; half < 2; half++) {
      const int limit = h.causal && row + half * 8 < keys ? row + half * 8 + 1 : keys;
      float max = rows[half].max;
#pragma unroll
      for (int j = 0; j < 4; j++) {
#pragma unroll
        for (int e = 0; e < 2; e++) {
          const int key = j * 8 + (lane & 3) * 2 + e;
          float z = logits[(local + half * 8) * S::LOGITS + key] * to_log2;
          z = tile * S::KEYS + key < limit ? z : UNSEEN;
          p[j][half * 2 + e] = z;
          max = max > z ? max : z;
        }
      }
      max = quad_max(max);
      const float factor = rows[half].raise(max);
      float sum = 0;
#pragma unroll
      for (int j = 0; j < 4; j++) {
#pragma unroll
        for (int e = 0; e < 2; e++) {
          float& z = p[j][half * 2 + e];
          z = exp2_approx(z - max);
          sum += z;
        }
      }
      rows[half].sum += sum;
#pragma unroll
      for (int j = 0; j < 16; j++) {
        out[j][half * 2] *= factor;
        out[j][half * 2 + 1] *= factor;
      }
    }
    __syncthreads();  // the logits are read: the next keys may come
    if (tile + 1 < tiles) {
      load(sk, h.k, tile + 1);
    }
#pragma unroll
    for (int c = 0; c < 2; c++) {
      const u32 a[4] = {pack2<T>(p[c * 2][0], p[c * 2][1]), pack2<T>(p[c * 2][2], p[c * 2][3]),
                        pack2<T>(p[c * 2 + 1][0], p[c * 2 + 1][1]), pack2<T>(p[c * 2 + 1][2], p[c * 2 + 1][3])};
#pragma unroll
      for (int j = 0; j < 16; j += 2) {
        u32 b[4];
        load_matrix4_transposed(b, sv + (c * 16 + (lane & 15)) * S::STRIDE + quarter * 128 + j * 8 + (lane >> 4) * 8);
        multiply<T>(out[j], a, b[0], b[1]);
        multiply<T>(out[j + 1], a, b[2], b[3]);
      }
    }
  }

#pragma unroll
  for (int half = 0; half < 2; half++) {
    const float inverse = 1.0f / quad_sum(rows[half].sum);
    if (row + half * 8 < h.queries) {
      T* y = h.y + (long long)(row + half * 8) * h.y_stride + quarter * 128 + (lane & 3) * 2;
#pragma unroll
      for (int j = 0; j < 16; j++) {
        if (quarter * 128 + j * 8 < h.d) {
          *(u32*)(y + j * 8) = pack2<T>(out[j][half * 2] * inverse, out[j][half * 2 + 1] * inverse);
        }
      }
    }
  }
}
